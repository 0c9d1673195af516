import type { Command } from 'commander'
import { GRADER_VERSION } from '../contracts/answer-rules.ts'
import { CHANGE_KINDS, type Change, type ChangeKind } from '../core/scoring/regrade.ts'
import type { Grader } from '../contracts/ports/index.ts'
import { namedBackend, readMachine } from '../host/machine.ts'
import { regradeRun, type StepAgain } from '../report/regrade-run.ts'
import { openGrader } from '../services/sandbox/open.ts'
import { table } from '../host/table.ts'
import { print, printError, printJson } from './print.ts'
import { withRun } from './with-run.ts'

const WORDS: Record<ChangeKind, string> = {
  answer: 'answers read otherwise',
  merged: 'votes with fewer classes',
  regrouped: 'votes with other counts',
  split: 'votes with more classes',
  label: 'labels',
  'p-hat': 'p̂',
  agreement: 'answers that agree with the label, or no more',
  right: 'answers that are right, or no more',
  proposal: 'proposals read otherwise',
  'into-data-set': 'tasks that would come into a data set',
  'out-of-data-set': 'tasks that would leave a data set',
  reward: 'rewards',
}

/** A grader whose sandbox is opened with the first pair: a run whose answers are numbers needs none. */
function graderOnDemand(): Grader & { close(): Promise<void> } {
  let opened: ReturnType<typeof openGrader> | undefined
  return {
    async compare(pairs, rules) {
      opened ??= openGrader(namedBackend(readMachine()))
      return (await opened).compare(pairs, rules)
    },
    close: async () => (await opened)?.close(),
  }
}

const count = (changes: readonly Change[], kind: ChangeKind) => changes.filter((change) => change.kind === kind).length

/** What would change in all, and step by step. */
function printSummary(run: string, steps: readonly StepAgain[]): void {
  const changes = steps.flatMap((step) => step.changes)
  const sum = (of: (step: StepAgain) => number) => steps.reduce((total, step) => total + of(step), 0)
  const [tasks, rollouts] = [sum((step) => step.tasks), sum((step) => step.rollouts)]
  print(
    `${run}: ${rollouts} rollouts of ${tasks} tasks in ${steps.length} steps, read again with grader ${GRADER_VERSION}.`,
  )
  if (changes.length === 0) return print('Nothing would change.')
  const changed = steps.filter((step) => step.changes.length > 0)
  const kinds = CHANGE_KINDS.filter((kind) => count(changes, kind) > 0)
  print('This would change:')
  for (const kind of kinds) print(`  ${String(count(changes, kind)).padStart(7)}  ${WORDS[kind]}`)
  print('')
  const rows = changed.map((step) => [step.step, ...kinds.map((kind) => String(count(step.changes, kind)))])
  print(table([['STEP', ...kinds.map((kind) => kind.toUpperCase())], ...rows]))
  const needed = sum((step) => step.needsSamples.length)
  if (needed > 0)
    print(
      `${needed} proposals are questions today that nobody has answered: what they would bring is not in these numbers.`,
    )
  if (steps.some(({ isWhole }) => !isWhole)) print('A step under way has no rewards yet: they are not compared there.')
  print('Nothing was changed. --json gives each change; docs/answers.md says how a run goes on with other votes.')
}

/** `agent0 regrade`: what a stored run would come to with today's reading of answers, votes and rewards. */
export function addRegradeCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('regrade <run>')
    .description('read the stored answers of a run again with this version and say what would change; changes nothing')
    .option('--json', 'a line of JSON for each change')
    .option('--store <folder>', "another store than this machine's")
    .action(async (run: string, { json, store: folder }: { json?: true; store?: string }) => {
      const grader = graderOnDemand()
      try {
        const code = await withRun(run, folder, async (store, artifacts) => {
          const steps: StepAgain[] = []
          for await (const step of regradeRun(store, artifacts, grader)) {
            if (json) for (const change of step.changes) printJson({ step: step.step, ...change })
            else printError(`${step.step}: ${step.tasks} tasks, ${step.changes.length} changes`)
            steps.push(json ? { ...step, changes: [] } : step)
          }
          if (!json) printSummary(run, steps)
        })
        finish(code)
      } finally {
        await grader.close()
      }
    })
}
