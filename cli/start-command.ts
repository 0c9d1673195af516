import type { Command } from 'commander'
import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { type RunConfig, RunName } from '../contracts/run-config.ts'
import { budgetOf } from '../core/loop/budget.ts'
import { readHeldOut } from '../services/artifact-store/held-out.ts'
import { SetupProblem } from '../host/problem.mjs'
import type { RunClient, RunEntry } from '../services/temporal/run-client.ts'
import { collect, positiveNumber } from './options.ts'
import { budgetText } from './runs/budget-text.ts'
import { checkGoesOn, checkRunnable } from './runs/checks.ts'
import { openRuns } from './runs/open-runs.ts'
import { endingLines, iterationsOf } from './runs/words.ts'
import { configOf } from './up-options.ts'
import { print } from './print.ts'

interface StartFlags {
  runId?: string
  set?: string[]
  dryRun?: true
  tokensPerSecond?: number
}

/** Exit code of `start` if the run has finished already: nothing was started, and nothing is wrong. */
export const HAS_FINISHED = 3

/** The config of a file, with the requested name. */
function namedConfig(file: string, { runId, set }: StartFlags): RunConfig {
  const config = configOf(file, set)
  if (runId === undefined) return config
  const name = RunName.safeParse(runId)
  if (!name.success) throw new SetupProblem(`--run-id ${runId}: ${name.error.issues[0]!.message} are allowed.`)
  return { ...config, name: name.data }
}

/** Prints the resolved config as YAML, with its budget as comments below. */
async function dryRun(config: RunConfig, { tokensPerSecond }: StartFlags): Promise<void> {
  const heldOut = await readHeldOut(config.evaluation.heldOut.file)
  const text = budgetText(budgetOf(config, heldOut.length), {
    iterations: config.iterations,
    bound: config.budget.sampledTokensMax,
    ...(tokensPerSecond !== undefined && { tokensPerSecond }),
  })
  process.stdout.write(`${stringify(config)}\n${text.replaceAll(/^/gm, '# ').replaceAll(/ +$/gm, '')}\n`)
}

async function attach(runs: RunClient, file: string, config: RunConfig): Promise<void> {
  print(`${config.name} is already running; nothing was started.`)
  if (!isDeepStrictEqual(await runs.configOf(config.name), config))
    print(`It was started with a different config and keeps it; ${file} was ignored.`)
  print(`"agent0 watch ${config.name}" follows it.`)
}

/** Whether the run has finished all iterations of this config. */
const isFinished = ({ ending }: RunEntry, { iterations }: RunConfig) =>
  ending?.kind === 'finished' && ending.iterations >= iterations

async function startOrAttach(runs: RunClient, file: string, config: RunConfig): Promise<number> {
  const { name, iterations, model } = config
  const before = await runs.find(name)
  if (before !== null && isFinished(before, config)) {
    for (const line of endingLines(before)) print(line)
    print('Nothing was started. For a new run choose another name: --run-id NAME.')
    return HAS_FINISHED
  }
  // A running run keeps its own config, so only that of a run that starts is checked.
  const isRunning = before?.ending === null
  if (!isRunning) await checkRunnable(config)
  if (before !== null && !isRunning) checkGoesOn(await runs.configOf(name), config)
  if (isRunning || (await runs.start(config)) === 'already-running') {
    await attach(runs, file, config)
    return 0
  }
  print(
    before === null
      ? `Started ${name}: ${iterationsOf(iterations)} from ${model.base}.`
      : `${name} resumes from its last finished step, using ${file}.`,
  )
  print(`"agent0 watch ${name}" follows it.`)
  return 0
}

/** `agent0 start CONFIG`: starts a run, resumes a stopped one, or attaches to a running one. */
export function addStartCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('start <config>')
    .description('start a run from a config file (YAML or JSON), or resume the stopped run of the same name')
    .option('--run-id <name>', "the run's name (default: the name in the config)")
    .option(
      '--set <key=value>',
      'override a key of the config, such as curation.band.low=0.25; may be repeated',
      collect,
    )
    .option('--dry-run', 'start nothing; print the resolved config and what the run will cost')
    .option(
      '--tokens-per-second <rate>',
      'with --dry-run: also estimate hours at this total rate of the model servers',
      positiveNumber,
    )
    .action(async (file: string, flags: StartFlags) => {
      const config = namedConfig(file, flags)
      if (flags.dryRun === true) await dryRun(config, flags)
      else finish(await openRuns((runs) => startOrAttach(runs, file, config)))
    })
}
