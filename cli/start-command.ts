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

interface StartFlags {
  runId?: string
  set: string[]
  dryRun?: true
  tokensPerSecond?: number
}

/** Exit code of `start` where the run has finished already: nothing was started, and nothing is wrong. */
export const HAS_FINISHED = 3

/** The config of a file, under the name that is asked for. */
function namedConfig(file: string, { runId, set }: StartFlags): RunConfig {
  const config = configOf(file, set)
  if (runId === undefined) return config
  const name = RunName.safeParse(runId)
  if (!name.success) throw new SetupProblem(`--run-id ${runId}: ${name.error.issues[0]!.message} are allowed.`)
  return { ...config, name: name.data }
}

/** The resolved config, which is YAML still, with its budget as comments below. */
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
  console.log(`${config.name} is running already: attached to it, nothing was started.`)
  if (!isDeepStrictEqual(await runs.configOf(config.name), config))
    console.log(`It was begun with another config than ${file} says now, and keeps it.`)
  console.log(`"agent0 watch ${config.name}" follows it.`)
}

/** Whether a run that has ended has nothing left to do under this config. */
const isFinished = ({ ending }: RunEntry, { iterations }: RunConfig) =>
  ending?.kind === 'finished' && ending.iterations >= iterations

async function startOrAttach(runs: RunClient, file: string, config: RunConfig): Promise<number> {
  const { name, iterations, model } = config
  const before = await runs.find(name)
  if (before !== null && isFinished(before, config)) {
    for (const line of endingLines(before)) console.log(line)
    console.log('Nothing was started. For a new run give it another name: --run-id NAME.')
    return HAS_FINISHED
  }
  // Whose config is taken must be able to work; a running run has its own.
  const isRunning = before?.ending === null
  if (!isRunning) await checkRunnable(config)
  if (before !== null && !isRunning) checkGoesOn(await runs.configOf(name), config)
  if (isRunning || (await runs.start(config)) === 'already-running') {
    await attach(runs, file, config)
    return 0
  }
  console.log(
    before === null
      ? `${name} has begun: ${iterationsOf(iterations)} from ${model.base}.`
      : `${name} goes on behind what it has finished, with the config of ${file}.`,
  )
  console.log(`"agent0 watch ${name}" follows it.`)
  return 0
}

/** `agent0 start CONFIG`: begins a run, goes on with one, or finds that it runs. */
export function addStartCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('start <config>')
    .description('start a run from a config file (YAML or JSON); under the same name again it attaches, or goes on')
    .option('--run-id <name>', "the run's name (default: that of the config)")
    .option(
      '--set <key=value>',
      'override a key of the config, as curation.band.low=0.25; may be repeated',
      collect,
      [],
    )
    .option('--dry-run', 'start nothing: print the resolved config and what the run costs')
    .option('--tokens-per-second <rate>', 'with --dry-run: hours at this rate of all model servers', positiveNumber)
    .action(async (file: string, flags: StartFlags) => {
      const config = namedConfig(file, flags)
      if (flags.dryRun === true) await dryRun(config, flags)
      else finish(await openRuns((runs) => startOrAttach(runs, file, config)))
    })
}
