import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type MachineConfig, machineDefaults } from '../contracts/machine-config.ts'
import { machineVariables } from '../contracts/machine-variables.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import { readMachine, stateFolder } from '../host/machine.ts'
import { ROOT } from '../host/paths.mjs'
import { reasonOf, SetupProblem } from '../host/problem.mjs'
import { mlPython } from '../host/python.mjs'
import { findTemporalCli } from '../infra/setup/steps/temporal-cli.mjs'
import { findVllm } from '../infra/setup/steps/vllm-environment.mjs'
import { isForEmbedded } from '../infra/supervisor/model-problem.ts'
import type { ModelOptions } from '../infra/supervisor/model-server-service.ts'
import type { UpOptions } from '../infra/supervisor/service-table.ts'
import { readConfig } from './read-config.ts'
import { printError } from './print.ts'

export const DEFAULT_CONFIG = join(ROOT, 'configs', 'tiny-world.yaml')

type PortName = keyof MachineConfig['ports']

/** The keys of `ports`: `agent0 up --temporal-port 7234` sets `ports.temporal` for this time. */
export const portNames = Object.keys(machineDefaults.ports) as PortName[]

export interface UpFlags extends Partial<Record<`${PortName}Port`, number>> {
  config?: string
  machine?: string
  only?: string[]
  foreground?: boolean
  dryRun?: boolean
}

/** The config of a file; throws a SetupProblem that says everything that is wrong with it. Former keys are named on standard error. */
export function configOf(file: string, settings: readonly string[] = []): RunConfig {
  const result = readConfig(file, settings)
  if (!result.ok) throw new SetupProblem(result.sentences.join('\n'))
  for (const sentence of result.moved) printError(sentence)
  return result.config
}

/** The folder of a config's base model. */
export function baseFolder({ model }: RunConfig): string {
  return resolve(ROOT, model.base)
}

/** This machine's config; options override its variables, and those its file. */
export function machineOf(flags: UpFlags = {}): MachineConfig {
  const options = portNames.flatMap((name) => {
    const port = flags[`${name}Port`]
    return port === undefined ? [] : [[machineVariables[`ports.${name}`].variable, String(port)]]
  })
  const file = flags.machine === undefined ? {} : { AGENT0_MACHINE: resolve(flags.machine) }
  return readMachine({ ...process.env, ...file, ...Object.fromEntries(options) })
}

const NO_PYTHON = 'There is no Python environment on this machine yet: run "npm run setup".'
const NO_VLLM =
  'There is no vLLM on this machine: put yours on PATH (it needs a GPU), run "npm run setup:vllm" for one on the CPU, or name a server of yours in modelServer.urls of machine.yaml.'

async function engineOf({ urls, engine }: MachineConfig['modelServer'], base: string): Promise<ModelOptions['engine']> {
  if (urls.length > 0) return { kind: 'external', urls }
  try {
    if (engine === 'embedded' || (engine === 'auto' && isForEmbedded(base))) {
      const python = await mlPython()
      return existsSync(python) ? { kind: 'embedded', python } : { kind: 'absent', sentence: NO_PYTHON }
    }
    const vllm = await findVllm()
    return vllm === undefined ? { kind: 'absent', sentence: NO_VLLM } : { kind: 'vllm', ...vllm }
  } catch (error) {
    return { kind: 'absent', sentence: reasonOf(error) } // there is no usable Python
  }
}

/** How this machine serves a config's model. */
export async function modelOptions(config: RunConfig, machine: MachineConfig): Promise<ModelOptions> {
  const { rollout, curriculum, executor } = config
  const ranks = [curriculum, executor].map(({ training: { weights } }) => (weights.kind === 'lora' ? weights.rank : 1))
  const base = baseFolder(config)
  return {
    base,
    port: machine.ports.model,
    contextTokensMax: rollout.promptTokensMax + rollout.responseTokensMax,
    loraRankMax: Math.max(...ranks),
    engine: await engineOf(machine.modelServer, base),
  }
}

/**
 * What `agent0 up` starts: the machine's config, the model of a run's config, and what is installed. Throws a SetupProblem
 * where a config is wrong.
 */
export async function optionsFrom(flags: UpFlags): Promise<UpOptions> {
  const machine = machineOf(flags)
  const temporalCli = machine.temporal.address === 'own' ? await findTemporalCli() : undefined
  return {
    stateFolder: stateFolder(),
    machine,
    model: await modelOptions(configOf(flags.config ?? DEFAULT_CONFIG), machine),
    python: await mlPython().catch(() => 'python3'),
    ...(flags.only && { only: flags.only }),
    ...(temporalCli && { temporalCli }),
  }
}
