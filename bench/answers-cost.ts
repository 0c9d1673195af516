import { execFileSync } from 'node:child_process'
import { vote } from '../core/voting/vote.ts'
import { byDecisions, pairsToCompare } from '../core/voting/pairs-to-compare.ts'
import { ROOT } from '../host/paths.mjs'
import { GRADER_PROGRAM } from '../services/sandbox/grader-source.ts'
import { openSandbox } from '../services/sandbox/open.ts'
import { ANSWER_RULES } from '../contracts/answer-rules.ts'
import type { ExecutionLimits, Sandbox } from '../contracts/ports/index.ts'
import { type BenchOptions, type Figure, median } from './figures.ts'

/** The last revision whose grader asked math-verify. Its program took 32 pairs at a time. */
const BEFORE = 'cc32e56'
const PAIRS_BEFORE = 32
const ROUNDS = 7
const LIMITS: ExecutionLimits = { cpuMs: 120_000, wallMs: 240_000, memoryBytes: 256 << 20, outputBytes: 1 << 20 }

/** Ten different answers none of which is plain, some of them equal. */
const EXPRESSIONS =
  String.raw`\frac{\sqrt{2}}{2}|\frac{1}{\sqrt2}|\sin 45^\circ|x^2-1|(x-1)(x+1)|2\pi|\sqrt{8}|2\sqrt{2}|\ln 2 + 1|\frac{x+2}{7}`.split(
    '|',
  )
const PLAIN = ['0.5', '1/2', '\\frac{1}{2}', '0.25', '7', '3/4', '0.75', '1,000', '12.5', 'north']

type Pairs = readonly (readonly [string, string])[]

async function cpuMsOf(sandbox: Sandbox, source: string, inputs: readonly unknown[]): Promise<number> {
  let cpuMs = 0
  for (const input of inputs) {
    const { verdict } = await sandbox.execute({ source, stdin: JSON.stringify(input), seed: 0 }, LIMITS)
    if (verdict.kind !== 'ok') throw new Error(`the grader ended as ${verdict.kind}: ${verdict.stderr.slice(-300)}`)
    cpuMs += verdict.cpuMs
  }
  return cpuMs
}

function allPairs(answers: readonly string[]): Pairs {
  return answers.flatMap((left, index) => answers.slice(index + 1).map((right) => [left, right] as const))
}

const batches = (pairs: Pairs) => [pairs.slice(0, PAIRS_BEFORE), pairs.slice(PAIRS_BEFORE)]

/** CPU time of the comparisons of one task with ten different answers, before our own reader and with it, in paired rounds. */
export async function benchAnswersCost({ before = BEFORE }: BenchOptions): Promise<Figure[]> {
  const path = `${before}:services/sandbox/grader-program.py`
  const former = execFileSync('git', ['-C', ROOT, 'show', path], { encoding: 'utf8' })
  const sandbox = await openSandbox({ memo: false })
  const rounds: { formerly: number; now: number; plainFormerly: number }[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const asked = { pairs: allPairs(EXPRESSIONS), rules: ANSWER_RULES }
      const now = await cpuMsOf(sandbox, GRADER_PROGRAM, [asked])
      const formerly = await cpuMsOf(sandbox, former, batches(asked.pairs))
      rounds.push({ now, formerly, plainFormerly: await cpuMsOf(sandbox, former, batches(allPairs(PLAIN))) })
    }
  } finally {
    await sandbox.close()
  }
  const started = performance.now()
  const votes = 2_000
  for (let count = 0; count < votes; count++) vote(PLAIN, byDecisions(pairsToCompare(PLAIN), []))
  const plainNow = (performance.now() - started) / votes
  const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick))
  return [
    { name: 'ten expressions, with math-verify', value: of(({ formerly }) => formerly), unit: 'ms' },
    { name: 'ten expressions, now', value: of(({ now }) => now), unit: 'ms' },
    { name: 'ten expressions: now / before, median of rounds', value: of((one) => one.now / one.formerly), unit: '×' },
    { name: 'ten plain answers, with math-verify', value: of(({ plainFormerly }) => plainFormerly), unit: 'ms' },
    { name: 'ten plain answers, now, in process', value: plainNow, unit: 'ms' },
  ]
}
