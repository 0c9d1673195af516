import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { failure } from '../failure.ts'
import type { Equivalence } from '../../contracts/vote.ts'
import type { ExecutionLimits, Grader, Sandbox } from '../../contracts/ports/index.ts'

const PROGRAM = readFileSync(join(import.meta.dirname, 'grader-program.py'), 'utf8')
const BATCH_PAIRS = 32
/** A longer text is undecided: math-verify would parse it for minutes. UTF-16 units. */
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

/** The same for a pair and its mirror image. */
function pairKey([left, right]: Pair): string {
  return JSON.stringify(left < right ? [left, right] : [right, left])
}

/** Decided before anything is sent, so that a batch of pairs is always shorter than the input that a sandbox takes. */
const isDecidable = ([left, right]: Pair) => Math.max(left.length, right.length) <= ANSWER_LENGTH_MAX

/** Compares answers with math-verify, inside a sandbox, many pairs in one execution. */
export class SandboxGrader implements Grader {
  readonly #sandbox: Sandbox
  readonly #known = new Map<string, Equivalence>()

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  async compare(pairs: readonly Pair[]): Promise<Equivalence[]> {
    const fresh = new Map(pairs.filter(isDecidable).map((pair) => [pairKey(pair), pair]))
    for (const [key] of fresh) if (this.#known.has(key)) fresh.delete(key)
    const entries = [...fresh]
    const batches = Array.from({ length: Math.ceil(entries.length / BATCH_PAIRS) }, (_, index) =>
      entries.slice(index * BATCH_PAIRS, (index + 1) * BATCH_PAIRS),
    )
    const decided = new Map(await this.#decideAll(batches))
    const results = pairs.map((pair) => {
      if (!isDecidable(pair)) return pair[0] === pair[1] ? 'equal' : 'undecided'
      return decided.get(pairKey(pair)) ?? this.#known.get(pairKey(pair))!
    })
    this.#remember(decided)
    return results
  }

  async #decideAll(batches: Batch[]): Promise<Decision[]> {
    const decided: Decision[] = []
    const waiting = batches.values()
    const caller = async () => {
      for (const batch of waiting) decided.push(...(await this.#decide(batch)))
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

  async #decide(batch: Batch): Promise<Decision[]> {
    const results = await this.#run(batch.map(([, pair]) => pair))
    if (results !== undefined) return batch.map(([key], index) => [key, results[index]!])
    // Something in the batch ended the program itself: alone, each pair answers only for itself.
    if (batch.length === 1) return [[batch[0]![0], 'undecided']]
    return this.#decideAll(batch.map((entry) => [entry]))
  }

  async #run(pairs: readonly Pair[]): Promise<Equivalence[] | undefined> {
    // Mirrored pairs are one pair: sorted, so that both ask the same question.
    const stdin = JSON.stringify(pairs.map((pair) => JSON.parse(pairKey(pair)) as Pair))
    const { verdict } = await this.#sandbox.execute({ source: PROGRAM, stdin, seed: 0 }, limitsFor(pairs.length))
    if (verdict.kind !== 'ok') return undefined
    const results = Results.parse(JSON.parse(verdict.stdout))
    if (results.length !== pairs.length)
      throw failure('Sandbox.ProtocolError', 'the grader returned another number of results than pairs')
    return results
  }
}
