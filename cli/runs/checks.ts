import type { HeldOutTask } from '../../contracts/held-out.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import { readHeldOut } from '../../services/artifact-store/held-out.ts'
import { unknownStopTokens } from '../../core/rollout/stop-tokens.ts'
import { openTokenizer } from '../../services/model-server/open-tokenizer.ts'
import { SetupProblem } from '../../host/problem.mjs'
import { modelProblem } from '../../infra/supervisor/model-problem.ts'
import { checkBase, openRunningModel } from '../running-model.ts'
import { baseFolder, machineOf, modelOptions } from '../up-options.ts'
import { temporalAddress, temporalOfUp } from './open-runs.ts'

/** Throws a SetupProblem if the base model's folder has no model that this machine's engine can serve. */
async function checkModelFolder(config: RunConfig): Promise<void> {
  const options = await modelOptions(config, machineOf())
  // Whether an engine is installed is the business of the machine that serves: this may be another one.
  const engine =
    options.engine.kind === 'absent' ? ({ kind: 'vllm', command: '', device: 'cpu' } as const) : options.engine
  const problem = modelProblem({ ...options, engine })
  if (problem !== undefined) throw new SetupProblem(`${problem}.`)
}

/** Throws a SetupProblem if this machine's services, where they work for that Temporal server, serve another model. */
async function checkServices(config: RunConfig): Promise<void> {
  const machine = machineOf()
  if (machine.modelServer.urls.length > 0 || temporalOfUp() !== temporalAddress()) return
  const model = openRunningModel(machine)
  try {
    await checkBase(model, config, machine)
  } finally {
    await model.close()
  }
}

/** Throws a SetupProblem if the config stops at a token that the base model's tokenizer lacks. */
async function checkStopTokens(config: RunConfig): Promise<void> {
  if (typeof config.rollout.stopTokens === 'string') return
  const [unknown] = unknownStopTokens(config.rollout, await openTokenizer(baseFolder(config)))
  if (unknown !== undefined)
    throw new SetupProblem(`rollout.stopTokens names ${unknown}, which the tokenizer of ${config.model.base} lacks.`)
}

/** Throws one sentence if a run of this config would fail for a reason that can be seen now. Gives its held-out tasks. */
export async function checkRunnable(config: RunConfig): Promise<HeldOutTask[]> {
  await checkModelFolder(config)
  await checkStopTokens(config)
  const heldOut = await readHeldOut(config.evaluation.heldOut.file, config.evaluation.heldOut.corrections)
  await checkServices(config)
  return heldOut
}

/** Throws a SetupProblem if a run that was started with one config cannot continue with another. */
export function checkGoesOn(before: RunConfig, config: RunConfig): void {
  const kept = [
    { name: 'model.base', was: baseFolder(before), is: baseFolder(config) },
    { name: 'recipe', was: before.recipe, is: config.recipe },
  ]
  const changed = kept.find(({ was, is }) => was !== is)
  if (changed === undefined) return
  const { name, was, is } = changed
  throw new SetupProblem(
    `${config.name} was started with ${name} ${was}, this config has ${is}. A run cannot change it: start a new one with --run-id NAME.`,
  )
}
