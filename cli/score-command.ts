import { type Command, Option } from 'commander'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { ScoreLine } from '../contracts/score.ts'
import { TooManyAlike } from '../core/rewards/repetition/clusters.ts'
import type { ProposalOutcome } from '../core/rewards/curriculum-reward.ts'
import { answersOfLine, LineScorer } from '../core/scoring/score-line.ts'
import { byDecisions, byForm, pairsToCompare } from '../core/voting/pairs-to-compare.ts'
import { type Compare, vote } from '../core/voting/vote.ts'
import { openGrader } from '../services/sandbox/open.ts'
import { ROOT } from '../host/paths.mjs'
import { reasonOf } from '../host/problem.mjs'
import type { AnswerRules } from '../contracts/answer-rules.ts'
import type { Vote } from '../contracts/vote.ts'
import { readConfig } from './read-config.ts'
import { printError } from './print.ts'
import { namedBackend, readMachine } from '../host/machine.ts'

const LINES_GRADED_TOGETHER = 64
const CHANGED = 'changed while it was being read'

/** A problem that the user can fix, as the rest of a sentence that starts with the file's name. */
class Problem extends Error {}

/** A line that could be read, or why not. `number` counts from 1. */
type NumberedLine = { number: number; ok: true; line: ScoreLine } | { number: number; ok: false; problem: string }

function parseLine(text: string): { ok: true; line: ScoreLine } | { ok: false; problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { ok: false, problem: `not JSON: ${(error as Error).message}` }
  }
  const result = ScoreLine.safeParse(value)
  if (result.success) return { ok: true, line: result.data }
  const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'the object'}: ${issue.message}`)
  return { ok: false, problem: issues.join('; ') }
}

/** The texts between line feeds. Not readline's lines: it also breaks at U+2028, which JSON texts may hold. */
async function* textLines(file: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const texts = (rest + chunk).split('\n')
    rest = texts.pop()!
    yield* texts
  }
  yield rest
}

async function* linesOf(file: string): AsyncGenerator<NumberedLine> {
  let number = 0
  for await (const text of textLines(file)) {
    number++
    const json = text.replace(/^\uFEFF/, '').trim()
    if (json !== '') yield { number, ...parseLine(json) }
  }
}

/** Waits where the reader is slower than we are, so that memory stays flat. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

/** Lines of answers, and how the answers of each are compared. */
type ComparedLine = NumberedLine & { compare: Compare }
type Equivalences = (lines: AsyncIterable<NumberedLine>, rules: AnswerRules) => AsyncIterable<ComparedLine>

async function* exact(lines: AsyncIterable<NumberedLine>): AsyncIterable<ComparedLine> {
  for await (const line of lines) yield { ...line, compare: byForm }
}

/** Asks the grader for many lines at a time; a bad line has no pairs. */
async function* math(lines: AsyncIterable<NumberedLine>, rules: AnswerRules): AsyncIterable<ComparedLine> {
  const grader = await openGrader(namedBackend(readMachine())).catch((error: unknown) => {
    throw new Problem(`the grader's sandbox could not be opened (run "npm run setup"): ${reasonOf(error)}`)
  })
  const compared = async (held: readonly NumberedLine[]) => {
    const pairs = held.flatMap((line) => (line.ok ? pairsToCompare(answersOfLine(line.line), rules) : []))
    const compare = byDecisions(pairs, await grader.compare(pairs, rules), rules)
    return held.map((line) => ({ ...line, compare }))
  }
  try {
    let held: NumberedLine[] = []
    for await (const line of lines) {
      if (held.push(line) < LINES_GRADED_TOGETHER) continue
      yield* await compared(held)
      held = []
    }
    yield* await compared(held)
  } finally {
    await grader.close()
  }
}

/** Twice over the file: first for the votes and what else the rewards of the whole batch depend on; then each line by itself. */
async function scoreFile(file: string, presetFile: string, equivalences: Equivalences): Promise<number> {
  const preset = readConfig(presetFile)
  if (!preset.ok) throw new Error(preset.sentences.join('\n'))
  const scorer = new LineScorer(preset.config)
  const votes: Vote[] = []
  const outcomes: ProposalOutcome[] = []
  for await (const numbered of equivalences(linesOf(file), preset.config.answers)) {
    if (!numbered.ok) continue
    votes.push(vote(answersOfLine(numbered.line), numbered.compare))
    outcomes.push(scorer.outcome(numbered.line, votes.at(-1)!))
  }
  const rewards = scorer.rewards(outcomes)
  let [good, bad] = [0, 0]
  for await (const numbered of linesOf(file)) {
    if (numbered.ok) {
      if (numbered.line.id !== rewards[good]?.id) throw new Problem(CHANGED)
      const record = scorer.record(numbered.line, votes[good]!, rewards[good]!)
      good++
      await write(`${JSON.stringify(record)}\n`)
    } else {
      bad++
      printError(`${file}:${numbered.number}: ${numbered.problem}`)
    }
  }
  if (good !== rewards.length) throw new Problem(CHANGED)
  if (good + bad === 0) throw new Problem('holds no lines')
  if (bad > 0) printError(`${bad} of ${good + bad} lines were left out; the others were scored as one batch.`)
  return bad > 0 ? 1 : 0
}

/** `agent0 score`: re-scores stored answers outside any run. */
export function addScoreCommand(program: Command, finish: (code: number) => void): void {
  const folder = join(ROOT, 'configs')
  const presets = readdirSync(folder).flatMap((name) => /^(.*)\.yaml$/.exec(name)?.[1] ?? [])
  program
    .command('score <file>')
    .description('score stored answers (JSON lines) as a run would: votes, p̂, filter, rewards, ADPO')
    .addOption(new Option('--preset <name>', 'whose numbers').choices(presets).default('default'))
    .addOption(
      new Option(
        '--equivalence <kind>',
        'exact: equal numbers, letters and words; math: all that the grader can read, in the sandbox',
      )
        .choices(['exact', 'math'])
        .default('exact'),
    )
    .action(async (file: string, flags: { preset: string; equivalence: 'exact' | 'math' }) => {
      try {
        if (!statSync(file).isFile())
          throw new Problem('is not a regular file: it is read twice, so a pipe cannot be used')
        const equivalences = flags.equivalence === 'math' ? math : exact
        finish(await scoreFile(file, join(folder, `${flags.preset}.yaml`), equivalences))
      } catch (error) {
        const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
        if (!missing && !(error instanceof Problem) && !(error instanceof TooManyAlike)) throw error
        printError(`${file}: ${missing ? 'there is no such file' : reasonOf(error)}`)
        finish(1)
      }
    })
}
