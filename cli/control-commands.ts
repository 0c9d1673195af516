import { type Command, InvalidArgumentError } from 'commander'
import { hostname, userInfo } from 'node:os'
import { TASKS_IN_FLIGHT_MAX } from '../contracts/config/limits.ts'
import { type RunUpdates, updateProblems } from '../contracts/messages.ts'
import type { RunStatus } from '../contracts/run-status.ts'
import { recipes } from '../core/recipes/index.ts'
import { SetupProblem } from '../host/problem.mjs'
import { type RunClient, workflowIdOf } from '../services/temporal/run-client.ts'
import { checkGoesOn, checkRunnable } from './runs/checks.ts'
import { chooseRunning, openRuns } from './runs/open-runs.ts'
import { count, haltLine, NO_WORKER } from './runs/words.ts'
import { configOf } from './up-options.ts'
import { print } from './print.ts'

interface StopFlags {
  afterStep?: true
  afterIteration?: true
  now?: true
}

/** Parses an argument of an update, which rejects what the workflow would reject. */
function valid(name: keyof typeof updateProblems, value: unknown): void {
  const problem = updateProblems[name](value)
  if (problem !== null) throw new InvalidArgumentError(`${problem[0]!.toUpperCase()}${problem.slice(1)}.`)
}

function concurrency(text: string): number {
  valid('setConcurrency', Number(text))
  return Number(text)
}

function budget(text: string): number | 'none' {
  const tokens = text === 'none' ? text : Number(text)
  valid('setBudget', tokens)
  return tokens
}

async function statusOf(runs: RunClient, run: string): Promise<RunStatus> {
  const status = await runs.status<RunStatus>(workflowIdOf(run))
  if (status === null) throw new SetupProblem(`Cannot reach ${run}: ${NO_WORKER}`)
  return status
}

/** Sends an update and prints the sentence, or throws why the update was not applied. */
async function send<K extends keyof RunUpdates>(
  runs: RunClient,
  run: string,
  sentence: string,
  name: K,
  ...args: RunUpdates[K]
): Promise<void> {
  const outcome = await runs.update(run, name, ...args)
  if (outcome.kind === 'rejected') throw new SetupProblem(`${run} rejected the request: ${outcome.reason}.`)
  if (outcome.kind === 'no-answer')
    throw new SetupProblem(
      `${run} did not answer: ${NO_WORKER} The request may still take effect when a worker comes back.`,
    )
  print(sentence)
}

async function pause(runs: RunClient, run: string): Promise<void> {
  const { halted } = await statusOf(runs, run)
  const sentence = `${run} is paused: running work ends normally, nothing new starts. "agent0 resume" continues.`
  await send(runs, run, halted === null ? sentence : `${sentence} ${halted.stage} is still halted.`, 'pause')
}

async function resume(runs: RunClient, run: string): Promise<void> {
  const { control, stopAfter, halted } = await statusOf(runs, run)
  if (halted !== null) throw new SetupProblem(`${run} cannot continue: ${haltLine(halted)}.`)
  const nothing = !control.paused && stopAfter === null
  await send(runs, run, nothing ? `${run} was not paused.` : `${run} continues.`, 'resume')
}

async function stop(runs: RunClient, run: string, { afterStep, afterIteration, now }: StopFlags): Promise<void> {
  if ([afterStep, afterIteration, now].filter((flag) => flag === true).length !== 1)
    throw new SetupProblem('Choose one of --after-step, --after-iteration and --now.')
  const again = `"agent0 start CONFIG --run-id ${run}" resumes it from there.`
  if (now === true) {
    await runs.cancel(run)
    print(`${run} is stopped at once. Finished work is kept: ${again}`)
    return
  }
  const { halted } = await statusOf(runs, run)
  if (halted !== null)
    throw new SetupProblem(
      `${halted.stage} is halted and will not end by itself: use --now, or first "agent0 retry ${halted.stage}" or "agent0 skip ${halted.stage}".`,
    )
  const after = afterStep === true ? 'step' : 'iteration'
  await send(runs, run, `${run} stops after this ${after}: ${again}`, 'stopAfter', after)
}

/** Throws unless this stage is halted. */
async function checkHalted(runs: RunClient, run: string, name: string): Promise<void> {
  const { halted } = await statusOf(runs, run)
  const { recipe } = await runs.configOf(run)
  const stages = recipes[recipe].stages.map((stage) => stage.name)
  if (!stages.includes(name))
    throw new SetupProblem(`${recipe} has no stage ${name}; its stages are: ${stages.join(', ')}.`)
  if (halted === null) throw new SetupProblem(`No stage of ${run} is halted, so there is nothing to decide.`)
  if (halted.stage !== name) throw new SetupProblem(`${name} is not halted in ${run}; ${halted.stage} is.`)
}

interface RetryFlags {
  config?: string
  acceptCanary?: string
  run?: string
}

/** Who types this, for the record. */
const whoAmI = () => `${userInfo().username}@${hostname()}`

async function retry(runs: RunClient, run: string, stage: string, flags: RetryFlags): Promise<void> {
  const { config: file, acceptCanary: reason } = flags
  await checkHalted(runs, run, stage)
  if (reason !== undefined) {
    if (file !== undefined) throw new SetupProblem('Choose one of --config and --accept-canary.')
    const sentence = `${stage} publishes its policy although the canary differs; it is on record that you accepted it.`
    return send(runs, run, sentence, 'acceptCanary', { by: whoAmI(), reason })
  }
  if (file === undefined) return send(runs, run, `Retrying ${stage}.`, 'retryStage', null)
  const config = { ...configOf(file), name: run }
  await checkRunnable(config)
  checkGoesOn(await runs.configOf(run), config)
  return send(runs, run, `Retrying ${stage}; from here on the run uses the config of ${file}.`, 'retryStage', config)
}

async function skip(runs: RunClient, run: string, stage: string): Promise<void> {
  await checkHalted(runs, run, stage)
  await send(runs, run, `Skipped ${stage} in this iteration.`, 'skipStage')
}

async function setConcurrency(runs: RunClient, run: string, tasks: number): Promise<void> {
  await statusOf(runs, run)
  await send(runs, run, `${run} now has at most ${tasks} tasks in flight.`, 'setConcurrency', tasks)
}

async function setBudget(runs: RunClient, run: string, tokens: number | 'none'): Promise<void> {
  await statusOf(runs, run)
  const sentence = tokens === 'none' ? 'any number of tokens' : `at most ${count(tokens)} tokens in total`
  await send(runs, run, `${run} may sample ${sentence}.`, 'setBudget', tokens)
}

/** `agent0 pause | resume | stop | set | retry | skip`: control a running run. */
export function addControlCommands(program: Command, finish: (code: number) => void): void {
  const inRun = (name: string | undefined, action: (runs: RunClient, run: string) => Promise<void>) =>
    openRuns(async (runs) => {
      await action(runs, await chooseRunning(runs, name))
      finish(0)
    })
  const RUN_OPTION = ['--run <name>', 'name of the run (default: the only running one)'] as const
  program
    .command('pause [run]')
    .description('pause a run: running work ends normally, nothing new starts')
    .action((run?: string) => inRun(run, pause))
  program
    .command('resume [run]')
    .description('continue a paused run; also cancels a requested stop')
    .action((run?: string) => inRun(run, resume))
  program
    .command('stop [run]')
    .description('stop a run; "agent0 start" with the same --run-id resumes it')
    .option('--after-step', 'after the current training step; other stages end after the work they are doing')
    .option('--after-iteration', 'after the current iteration')
    .option('--now', 'at once: cancel running work')
    .action((run: string | undefined, flags: StopFlags) => inRun(run, (runs, name) => stop(runs, name, flags)))
  const set = program.command('set').description('change a limit of a running run')
  set
    .command('concurrency')
    .description('set how many tasks are rolled out at the same time')
    .argument('<tasks>', `1 to ${TASKS_IN_FLIGHT_MAX}`, concurrency)
    .option(...RUN_OPTION)
    .action((tasks: number, flags: { run?: string }) =>
      inRun(flags.run, (runs, run) => setConcurrency(runs, run, tasks)),
    )
  set
    .command('budget')
    .description('set how many tokens the run may sample in total; it waits when they are used up')
    .argument('<tokens>', 'a number, or "none" for no limit', budget)
    .option(...RUN_OPTION)
    .action((tokens: number | 'none', flags: { run?: string }) =>
      inRun(flags.run, (runs, run) => setBudget(runs, run, tokens)),
    )
  program
    .command('retry <stage>')
    .description('retry a halted stage')
    .option('--config <file>', 'use this config from here on')
    .option('--accept-canary <reason>', 'publish a policy whose canary is over its bound; the reason goes on record')
    .option(...RUN_OPTION)
    .action((stage: string, flags: RetryFlags) => inRun(flags.run, (runs, run) => retry(runs, run, stage, flags)))
  program
    .command('skip <stage>')
    .description('skip a halted stage in this iteration; a role goes on with its last published policy')
    .option(...RUN_OPTION)
    .action((stage: string, flags: { run?: string }) => inRun(flags.run, (runs, run) => skip(runs, run, stage)))
}
