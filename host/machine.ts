import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseConfig } from '../contracts/config-problems.ts'
import { MachineConfig } from '../contracts/machine-config.ts'
import { type MachineKey, machineVariables, withVariables } from '../contracts/machine-variables.ts'
import { readConfigFile, sentenceFor } from './config-file.ts'
import { ROOT } from './paths.mjs'
import { SetupProblem } from './problem.mjs'

export type Variables = Readonly<Record<string, string | undefined>>

/** AGENT0_MACHINE of a process that reads no machine config: its variables say everything. */
export const NO_FILE = 'none'

/** The folder in which this checkout's services keep their state: `.agent0/`, unless AGENT0_STATE names another one. */
export function stateFolder(variables: Variables = process.env): string {
  return variables['AGENT0_STATE'] || join(ROOT, '.agent0')
}

/** Where artifacts and checkpoints lie unless `store.folder` names another folder. */
export const storeFolder = (state: string) => join(state, 'store')

/** The machine config's file: the one that is named, else `machine.yaml` of the checkout; undefined if there is none. */
function fileOf(variables: Variables): string | undefined {
  const named = variables['AGENT0_MACHINE']
  if (named) return named === NO_FILE ? undefined : named
  const file = join(ROOT, 'machine.yaml')
  return existsSync(file) ? file : undefined
}

function valueOf(file: string | undefined): unknown {
  const read = file === undefined ? ({ ok: true, value: {} } as const) : readConfigFile(file)
  if (!read.ok) throw new SetupProblem(read.sentences.join('\n'))
  return read.value
}

/** The sandbox backend that this machine's config names; nothing where it leaves the choice to what is installed. */
export function namedBackend({ sandbox: { backend } }: Pick<MachineConfig, 'sandbox'>): {
  backend?: Exclude<typeof backend, 'auto'>
} {
  return backend === 'auto' ? {} : { backend }
}

/** A file, relative to the checkout unless absolute; `none` stays. */
const fileIn = (path: string) => (path === 'none' ? path : resolve(ROOT, path))

/**
 * The config of this machine: its file (`AGENT0_MACHINE`, else `machine.yaml`), overridden by variables, every default filled
 * in, every path absolute. Throws a SetupProblem that names everything that is wrong, by the variable where one is set.
 */
export function readMachine(variables: Variables = process.env): MachineConfig {
  const file = fileOf(variables)
  const parsed = parseConfig(MachineConfig, withVariables(valueOf(file), variables))
  if (!parsed.ok) {
    const sentences = parsed.problems.map((problem) => {
      const { variable } = machineVariables[problem.path.slice(0, 2).join('.') as MachineKey] ?? {}
      return sentenceFor(variable !== undefined && variables[variable] ? variable : (file ?? 'machine config'), problem)
    })
    throw new SetupProblem(sentences.join('\n'))
  }
  const { store, modelServer, trainer } = parsed.config
  const folder = store.folder === 'own' ? storeFolder(stateFolder(variables)) : store.folder
  return {
    ...parsed.config,
    modelServer: { ...modelServer, keyFile: fileIn(modelServer.keyFile) },
    trainer: { ...trainer, tokenFile: fileIn(trainer.tokenFile) },
    store: { ...store, folder: resolve(ROOT, folder) },
  }
}
