import { type Command, InvalidArgumentError } from 'commander'
import type { RunStatus } from '../contracts/run-status.ts'
import { recipes } from '../core/recipes/index.ts'
import { SetupProblem } from '../host/problem.mjs'
import { type RunUpdates, type RunClient, workflowIdOf } from '../services/temporal/run-client.ts'
import { positiveNumber } from './options.ts'
import { checkGoesOn, checkRunnable } from './runs/checks.ts'
import { chooseRunning, openRuns } from './runs/open-runs.ts'
import { count, NO_WORKER } from './runs/words.ts'
import { configOf } from './up-options.ts'

interface StopFlags {
  afterStep?: true
  afterIteration?: true
  now?: true
}

const TASKS_IN_FLIGHT_MAX = 500

function concurrency(text: string): number {
  const tasks = positiveNumber(text)
  if (tasks > TASKS_IN_FLIGHT_MAX) throw new InvalidArgumentError(`At most ${TASKS_IN_FLIGHT_MAX}.`)
  return tasks
}

async function statusOf(runs: RunClient, run: string): Promise<RunStatus> {
  const status = await runs.status<RunStatus>(workflowIdOf(run))
  if (status === null) throw new SetupProblem(`${run} cannot hear anything now: ${NO_WORKER}`)
  return status
}

/** Gives the order and says what comes of it, or throws why it was not taken. */
async function give<K extends keyof RunUpdates>(
  runs: RunClient,
  run: string,
  sentence: string,
  name: K,
  ...args: RunUpdates[K]
): Promise<void> {
  const outcome = await runs.update(run, name, ...args)
  if (outcome.kind === 'refused') throw new SetupProblem(`${run} did not take that: ${outcome.reason}.`)
  if (outcome.kind === 'no-answer')
    throw new SetupProblem(`${run} has not answered: ${NO_WORKER} What you asked may still be done once one does.`)
  console.log(sentence)
}

async function pause(runs: RunClient, run: string): Promise<void> {
  const { halted } = await statusOf(runs, run)
  const sentence = `${run} is paused: what is under way ends, nothing new begins. "agent0 resume" goes on.`
  await give(runs, run, halted === null ? sentence : `${sentence} ${halted.stage} is halted all the same.`, 'pause')
}

async function resume(runs: RunClient, run: string): Promise<void> {
  const { control, stopAfter, halted } = await statusOf(runs, run)
  if (halted !== null) throw new SetupProblem(`${run}: ${halted.stage} is halted: ${halted.reason}.`)
  const nothing = !control.paused && stopAfter === null
  await give(runs, run, nothing ? `${run} was not paused: it goes on as it did.` : `${run} goes on.`, 'resume')
}

async function stop(runs: RunClient, run: string, { afterStep, afterIteration, now }: StopFlags): Promise<void> {
  if ([afterStep, afterIteration, now].filter((flag) => flag === true).length !== 1)
    throw new SetupProblem('Say when: one of --after-step, --after-iteration, --now.')
  const again = `"agent0 start CONFIG --run-id ${run}" goes on from there.`
  if (now === true) {
    await runs.cancel(run)
    console.log(`${run} is stopped at once: what it has finished stays, and ${again}`)
    return
  }
  const { halted } = await statusOf(runs, run)
  if (halted !== null)
    throw new SetupProblem(
      `${halted.stage} is halted, so nothing comes to an end by itself: use --now, or first "agent0 retry ${halted.stage}" or "agent0 skip ${halted.stage}".`,
    )
  const after = afterStep === true ? 'step' : 'iteration'
  await give(runs, run, `${run} stops after this ${after}; ${again}`, 'stopAfter', after)
}

/** Throws unless the stage of this name waits for a person's decision. */
async function checkHalted(runs: RunClient, run: string, name: string): Promise<void> {
  const { halted } = await statusOf(runs, run)
  const { recipe } = await runs.configOf(run)
  const stages = recipes[recipe].stages.map((stage) => stage.name)
  if (!stages.includes(name))
    throw new SetupProblem(`${recipe} has no stage ${name}; its stages are: ${stages.join(', ')}.`)
  if (halted === null) throw new SetupProblem(`No stage of ${run} is halted: there is nothing to decide.`)
  if (halted.stage !== name) throw new SetupProblem(`It is ${halted.stage} that is halted in ${run}, not ${name}.`)
}

async function retry(runs: RunClient, run: string, stage: string, file: string | undefined): Promise<void> {
  await checkHalted(runs, run, stage)
  if (file === undefined) return give(runs, run, `${stage} is tried again.`, 'retryStage', null)
  const config = { ...configOf(file), name: run }
  await checkRunnable(config)
  checkGoesOn(await runs.configOf(run), config)
  return give(runs, run, `${stage} is tried again, with the config of ${file} from here on.`, 'retryStage', config)
}

async function skip(runs: RunClient, run: string, stage: string): Promise<void> {
  await checkHalted(runs, run, stage)
  await give(runs, run, `${stage} is left out of this iteration.`, 'skipStage')
}

async function setConcurrency(runs: RunClient, run: string, tasks: number): Promise<void> {
  await statusOf(runs, run)
  await give(runs, run, `${run} rolls out ${tasks} tasks at the same time from now on.`, 'setConcurrency', tasks)
}

async function setBudget(runs: RunClient, run: string, tokens: number | 'none'): Promise<void> {
  await statusOf(runs, run)
  const sentence = tokens === 'none' ? 'any number of tokens' : `${count(tokens)} tokens in all`
  await give(runs, run, `${run} may sample ${sentence}.`, 'setBudget', tokens)
}

/** `agent0 pause | resume | stop | set | retry | skip`: orders to a running run. */
export function addControlCommands(program: Command, finish: (code: number) => void): void {
  const inRun = (name: string | undefined, action: (runs: RunClient, run: string) => Promise<void>) =>
    openRuns(async (runs) => {
      await action(runs, await chooseRunning(runs, name))
      finish(0)
    })
  const RUN_OPTION = ['--run <name>', 'which run (default: the one that runs)'] as const
  program
    .command('pause [run]')
    .description('begin nothing new in a run; what is under way ends')
    .action((run?: string) => inRun(run, pause))
  program
    .command('resume [run]')
    .description('go on after pause; takes back stop --after-…')
    .action((run?: string) => inRun(run, resume))
  program
    .command('stop [run]')
    .description('end a run; "agent0 start" with the same --run-id goes on later')
    .option('--after-step', 'when the training step that is under way is done; in other stages, what they are at')
    .option('--after-iteration', 'when the iteration that is under way is done')
    .option('--now', 'at once: what is under way is cancelled')
    .action((run: string | undefined, flags: StopFlags) => inRun(run, (runs, name) => stop(runs, name, flags)))
  const set = program.command('set').description('change a running run: tasks in flight, or sampled tokens')
  set
    .command('concurrency')
    .description('tasks that are rolled out at the same time')
    .argument('<tasks>', '1 to 500', concurrency)
    .option(...RUN_OPTION)
    .action((tasks: number, flags: { run?: string }) =>
      inRun(flags.run, (runs, run) => setConcurrency(runs, run, tasks)),
    )
  set
    .command('budget')
    .description('tokens that the run may sample in all; used up, it waits')
    .argument('<tokens>', 'a number, or "none" for no bound', (text) => (text === 'none' ? text : positiveNumber(text)))
    .option(...RUN_OPTION)
    .action((tokens: number | 'none', flags: { run?: string }) =>
      inRun(flags.run, (runs, run) => setBudget(runs, run, tokens)),
    )
  program
    .command('retry <stage>')
    .description('try a halted stage again')
    .option('--config <file>', 'with this config from here on')
    .option(...RUN_OPTION)
    .action((stage: string, flags: { config?: string; run?: string }) =>
      inRun(flags.run, (runs, run) => retry(runs, run, stage, flags.config)),
    )
  program
    .command('skip <stage>')
    .description('leave a halted stage out of this iteration')
    .option(...RUN_OPTION)
    .action((stage: string, flags: { run?: string }) => inRun(flags.run, (runs, run) => skip(runs, run, stage)))
}
