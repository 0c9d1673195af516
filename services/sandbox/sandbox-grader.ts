import { z } from 'zod'
import { ANSWER_RULES, type AnswerRules } from '../../contracts/answer-rules.ts'
import { failure } from '../failure.ts'
import type { Equivalence } from '../../contracts/vote.ts'
import type { ExecutionLimits, Grader, Sandbox } from '../../contracts/ports/index.ts'
import { GRADER_PROGRAM } from './grader-source.ts'

/** All of a task with eleven different answers. */
const BATCH_PAIRS = 64
/** A longer text is no answer that anybody can read: undecided. UTF-16 units. */
const ANSWER_LENGTH_MAX = 1_000
/** Fewer than may wait for a slot. */
const BATCHES_AT_ONCE = 8
const KNOWN_MAX = 100_000
/** The worst case of one pair in the program, milliseconds of CPU time and of wall time. */
const PAIR_CPU_MS = 4_000
const PAIR_WALL_MS = 8_000

const Results = z.array(z.enum(['equal', 'different', 'undecided']))
type Pair = readonly [string, string]
/** Pairs, and results, by the key of their pair. */
type Batch = readonly (readonly [key: string, pair: Pair])[]
type Decision = [key: string, result: Equivalence]

function limitsFor(pairs: number): ExecutionLimits {
  return { cpuMs: pairs * PAIR_CPU_MS, wallMs: pairs * PAIR_WALL_MS, memoryBytes: 256 << 20, outputBytes: 1 << 20 }
}

/** Mirrored pairs are one pair: sorted, so that both ask the same question. */
function sorted([left, right]: Pair): Pair {
  return left < right ? [left, right] : [right, left]
}

/** The same for a pair and its mirror image. */
function pairKey(pair: Pair, rules: AnswerRules): string {
  return JSON.stringify([...sorted(pair), rules])
}

/** Decided before anything is sent, so that a batch of pairs is always shorter than the input that a sandbox takes. */
const isDecidable = ([left, right]: Pair) => Math.max(left.length, right.length) <= ANSWER_LENGTH_MAX

/** Compares answers inside a sandbox, many pairs in one execution. */
export class SandboxGrader implements Grader {
  readonly #sandbox: Sandbox
  readonly #known = new Map<string, Equivalence>()

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  async compare(pairs: readonly Pair[], rules: AnswerRules = ANSWER_RULES): Promise<Equivalence[]> {
    const fresh = new Map(pairs.filter(isDecidable).map((pair) => [pairKey(pair, rules), pair]))
    for (const [key] of fresh) if (this.#known.has(key)) fresh.delete(key)
    const entries = [...fresh]
    const batches = Array.from({ length: Math.ceil(entries.length / BATCH_PAIRS) }, (_, index) =>
      entries.slice(index * BATCH_PAIRS, (index + 1) * BATCH_PAIRS),
    )
    const decided = new Map(await this.#decideAll(batches, rules))
    const results = pairs.map((pair) => {
      if (!isDecidable(pair)) return pair[0] === pair[1] ? 'equal' : 'undecided'
      const key = pairKey(pair, rules)
      return decided.get(key) ?? this.#known.get(key)!
    })
    this.#remember(decided)
    return results
  }

  async #decideAll(batches: Batch[], rules: AnswerRules): Promise<Decision[]> {
    const decided: Decision[] = []
    const waiting = batches.values()
    const caller = async () => {
      for (const batch of waiting) decided.push(...(await this.#decide(batch, rules)))
    }
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, caller))
    return decided
  }

  /** `undecided` may be the machine's doing, so it is asked again. */
  #remember(decided: ReadonlyMap<string, Equivalence>): void {
    for (const [key, result] of decided) if (result !== 'undecided') this.#known.set(key, result)
    for (const [oldest] of this.#known) {
      if (this.#known.size <= KNOWN_MAX) break
      this.#known.delete(oldest)
    }
  }

  async #decide(batch: Batch, rules: AnswerRules): Promise<Decision[]> {
    const results = await this.#run(
      batch.map(([, pair]) => sorted(pair)),
      rules,
    )
    if (results !== undefined) return batch.map(([key], index) => [key, results[index]!])
    // Something in the batch ended the program itself: alone, each pair answers only for itself.
    if (batch.length === 1) return [[batch[0]![0], 'undecided']]
    return this.#decideAll(
      batch.map((entry) => [entry]),
      rules,
    )
  }

  async #run(pairs: readonly Pair[], rules: AnswerRules): Promise<Equivalence[] | undefined> {
    const program = { source: GRADER_PROGRAM, stdin: JSON.stringify({ pairs, rules }), seed: 0 }
    const { verdict } = await this.#sandbox.execute(program, limitsFor(pairs.length))
    if (verdict.kind !== 'ok') return undefined
    const results = Results.parse(JSON.parse(verdict.stdout))
    if (results.length !== pairs.length)
      throw failure('Sandbox.ProtocolError', 'the grader returned another number of results than pairs')
    return results
  }
}
