import { randomBytes, randomUUID } from 'node:crypto'
import { linkSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineConfig } from '../contracts/machine-config.ts'
import { stateFolder } from './machine.ts'
import { makePrivateFile, makePrivateFolder } from './private-folder.mjs'
import { reasonOf, SetupProblem } from './problem.mjs'

/** The variables of the project's secrets, each with one name everywhere. A file may hold the value instead. */
export interface Secrets {
  /** API key of the model servers. */
  AGENT0_MODEL_API_KEY?: string
  /** Bearer token of the trainer's service. */
  AGENT0_TRAINER_TOKEN?: string
}

/** How vLLM and the embedded server learn their key. We set it for a server that we start, and read it nowhere. */
export const SERVER_KEY_VARIABLE = 'VLLM_API_KEY'

export const SECRETS = ['AGENT0_MODEL_API_KEY', 'AGENT0_TRAINER_TOKEN'] as const satisfies (keyof Secrets)[]

type Variables = Readonly<Record<string, string | undefined>>

/** A secret's variable, else the first line of its file; undefined if there is neither. */
function secret(variable: keyof Secrets, file: string, variables: Variables): Secrets {
  const value = variables[variable]
  if (value) return { [variable]: value }
  if (file === 'none') return {}
  return { [variable]: lineOf(file, `${file}, which ${variable}_FILE names,`) }
}

/** The first line of a file that holds a secret. */
function lineOf(file: string, called: string): string {
  try {
    const [line = ''] = readFileSync(file, 'utf8').split('\n')
    if (line.trim() !== '') return line.trim()
  } catch (error) {
    throw new SetupProblem(`${called} cannot be read: ${reasonOf(error)}`)
  }
  throw new SetupProblem(`${called} is empty.`)
}

/** Where the secret of a service of our own lies, which `up` makes: being on this machine is not proof of being its owner. */
const ownFile = (state: string, variable: keyof Secrets) => join(state, 'secrets', variable)

/** Makes what our own services will ask for, unless it is there: random, one per state folder, readable by us alone. */
export function makeOwnSecrets(state: string): void {
  makePrivateFolder(state)
  makePrivateFolder(join(state, 'secrets'))
  for (const variable of SECRETS) {
    const file = ownFile(state, variable)
    const made = `${file}.${randomUUID()}`
    writeFileSync(made, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    try {
      // Whole or not at all; what is there stays, since services that run know it.
      linkSync(made, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(made)
    }
    const found = lstatSync(file)
    if (!found.isFile() || found.uid !== process.getuid?.())
      throw new SetupProblem(`${file} is not a file of yours: somebody else may know that secret. Delete it.`)
    makePrivateFile(file)
  }
}

/** The secret of a service of our own; undefined before the first `up`. */
export function ownSecret(state: string, variable: keyof Secrets): string | undefined {
  const file = ownFile(state, variable)
  return lstatSync(file, { throwIfNoEntry: false }) === undefined ? undefined : lineOf(file, file)
}

/**
 * The secrets of this machine: a person's own, else, for the services that `up` runs here, those that it has made. Only variables and
 * files hold them; they are passed on in environments, never as arguments.
 */
export function readSecrets(
  { modelServer, trainer }: MachineConfig,
  variables: Variables = process.env,
  state: string = stateFolder(variables),
): Secrets {
  const isOwn = {
    AGENT0_MODEL_API_KEY: modelServer.urls.length === 0,
    AGENT0_TRAINER_TOKEN: trainer.kind === 'service' && trainer.url === 'own',
  }
  const own = SECRETS.flatMap((name) => {
    const value = isOwn[name] ? ownSecret(state, name) : undefined
    return value === undefined ? [] : [[name, value]]
  })
  return {
    ...(Object.fromEntries(own) as Secrets),
    ...secret('AGENT0_MODEL_API_KEY', modelServer.keyFile, variables),
    ...secret('AGENT0_TRAINER_TOKEN', trainer.tokenFile, variables),
  }
}

/** An environment for a process that is to know no secret, unless it is given one. */
export function withoutSecrets(variables: Variables = process.env): Record<string, string | undefined> {
  const left = { ...variables }
  for (const name of [...SECRETS, SERVER_KEY_VARIABLE]) delete left[name]
  return left
}
