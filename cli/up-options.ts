import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { RunConfig } from '../contracts/run-config.ts'
import { ROOT } from '../host/paths.mjs'
import { reasonOf, SetupProblem } from '../host/problem.mjs'
import { mlPython } from '../host/python.mjs'
import { findTemporalCli } from '../infra/setup/steps/temporal-cli.mjs'
import { findVllm } from '../infra/setup/steps/vllm-environment.mjs'
import type { ModelOptions } from '../infra/supervisor/model-server-service.ts'
import { defaultStateFolder, type UpOptions } from '../infra/supervisor/service-table.ts'
import type { TrainerOptions } from '../infra/supervisor/trainer-service.ts'
import { storeFolder } from '../services/artifact-store/open.ts'
import { readConfig } from './read-config.ts'

export const TEMPORAL_PORT = 7233
export const MODEL_PORT = 8000
export const TRAINER_PORT = 7431
export const WORKER_PORT = 9240
export const DEFAULT_CONFIG = join(ROOT, 'configs', 'tiny-world.yaml')

export interface UpFlags {
  config?: string
  temporalPort?: number
  uiPort?: number
  metricsPort?: number
  modelPort?: number
  trainerPort?: number
  workerPort?: number
  only?: string[]
  foreground?: boolean
}

/** Where this checkout's services keep their state: `.agent0/` in it, unless AGENT0_STATE names another folder. */
export function stateFolder(): string {
  return process.env['AGENT0_STATE'] || defaultStateFolder()
}

/** The config of a file; throws a SetupProblem that says everything that is wrong with it. Former keys are named on standard error. */
export function configOf(file: string, settings: readonly string[] = []): RunConfig {
  const result = readConfig(file, settings)
  if (!result.ok) throw new SetupProblem(result.sentences.join('\n'))
  for (const sentence of result.moved) console.error(sentence)
  return result.config
}

/** The folder of a config's base model. */
export function baseFolder({ model }: RunConfig): string {
  return resolve(ROOT, model.base)
}

const NO_PYTHON = 'There is no Python environment on this machine yet: run "npm run setup".'
const NO_VLLM =
  'There is no vLLM on this machine: put yours on PATH (it needs a GPU), run "npm run setup:vllm" for one on the CPU, or name a server of yours in model.engine (kind: external).'

async function engineOf({ model: { engine } }: RunConfig): Promise<ModelOptions['engine']> {
  if (engine.kind === 'external') return engine
  try {
    if (engine.kind === 'embedded') {
      const python = await mlPython()
      return existsSync(python) ? { kind: 'embedded', python } : { kind: 'absent', sentence: NO_PYTHON }
    }
    const vllm = await findVllm()
    return vllm === undefined ? { kind: 'absent', sentence: NO_VLLM } : { kind: 'vllm', ...vllm }
  } catch (error) {
    return { kind: 'absent', sentence: reasonOf(error) } // no Python that will do
  }
}

/** What serves a config's model on this machine. */
export async function modelOptions(config: RunConfig, port: number): Promise<ModelOptions> {
  const { rollout, curriculum, executor } = config
  const ranks = [curriculum, executor].map(({ training: { weights } }) => (weights.kind === 'lora' ? weights.rank : 1))
  return {
    base: baseFolder(config),
    port,
    contextTokensMax: rollout.promptTokensMax + rollout.responseTokensMax,
    loraRankMax: Math.max(...ranks),
    engine: await engineOf(config),
  }
}

async function trainerOptions(config: RunConfig, port: number): Promise<TrainerOptions> {
  const url = process.env['AGENT0_TRAINER_URL']
  if (url) return { kind: 'external', url }
  const python = await mlPython().catch(() => 'python3')
  return { kind: 'own', python, base: baseFolder(config), storeFolder: storeFolder(stateFolder()), port }
}

/**
 * What `agent0 up` is to start, from its flags, the config, the environment and what is installed. Throws a SetupProblem
 * where the config is wrong.
 */
export async function optionsFrom(flags: UpFlags): Promise<UpOptions> {
  const { config = DEFAULT_CONFIG, temporalPort = TEMPORAL_PORT, uiPort, metricsPort, modelPort = MODEL_PORT } = flags
  const { trainerPort = TRAINER_PORT, workerPort = WORKER_PORT } = flags
  const run = configOf(config)
  const temporalAddress = process.env['TEMPORAL_ADDRESS']
  const temporalCli = temporalAddress ? undefined : await findTemporalCli()
  return {
    stateFolder: stateFolder(),
    temporalPort,
    uiPort: uiPort ?? temporalPort + 1_000,
    metricsPort: metricsPort ?? temporalPort + 2_000,
    ...(flags.only && { only: flags.only }),
    ...(temporalAddress && { temporalAddress }),
    ...(temporalCli && { temporalCli }),
    model: await modelOptions(run, modelPort),
    trainer: await trainerOptions(run, trainerPort),
    workers: {
      samplesMax: run.model.samplesMax,
      memo: run.sandbox.memo,
      durability: run.store.durability,
      metricsPort: workerPort,
    },
  }
}
