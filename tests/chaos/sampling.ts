import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { configKey } from '../../contracts/artifact-keys.ts'
import { type RunId, turnId } from '../../contracts/ids.ts'
import { Rollout } from '../../contracts/rollout.ts'
import { Proposal } from '../../contracts/task.ts'
import { turnSeed } from '../../core/rollout/plan-generations.ts'
import { type ArtifactStore, openStore } from '../../services/artifact-store/open.ts'
import { type OwnRun, RUN } from './own-run.ts'

/** A generation of a turn that stands in the store. Its seed is a function of its key, so it names it wherever it is asked for. */
export interface RecordedTurn {
  /** The rollout, or proposal, that it belongs to. */
  sample: string
  seed: number
  tokens: number
}

/** When the engine of a model server took requests for the turn of a seed, milliseconds since 1970, in order. */
export type Asked = ReadonlyMap<number, readonly number[]>

/** A turn that was asked for once more, though it had been asked for before. */
export interface Repeat extends RecordedTurn {
  before: number
  again: number
}

async function recordsOf<T>(store: ArtifactStore, schema: z.ZodType<T>, name: RegExp): Promise<T[]> {
  const records: T[] = []
  for (const key of await store.list(RUN))
    if (name.test(key)) records.push(...(await store.getRecords(schema, (await store.find(key))!)))
  return records
}

/** The generations of a rollout's turns. A turn has the seed of its first one and the tokens of all: they are counted there. */
function generationsOf({ id, turns }: Rollout, runSeed: number): RecordedTurn[] {
  let before = 0
  return turns.flatMap(({ seed, sampledTokens, generations = 1 }) => {
    const first = before
    before += generations
    return Array.from({ length: generations }, (_, index) => ({
      sample: id,
      seed: index === 0 ? seed : turnSeed(runSeed, turnId(id, first + index)),
      tokens: index === 0 ? sampledTokens : 0,
    }))
  })
}

/** Every turn of a finished run. */
export async function recordedTurns({ storeFolder }: OwnRun): Promise<RecordedTurn[]> {
  const store = openStore(storeFolder)
  const rollouts = await recordsOf(store, Rollout, /\/rollouts\.jsonl$/)
  const config = await store.getJson(z.object({ seed: z.int() }), (await store.find(configKey(RUN as RunId, 1)))!)
  const proposals = await recordsOf(store, Proposal, /\/sampled-\d+\.jsonl$/)
  return [
    ...rollouts.flatMap((rollout) => generationsOf(rollout, config.seed)),
    ...proposals.map(({ id, generation: { seed, tokenIds } }) => ({ sample: id, seed, tokens: tokenIds.length })),
  ]
}

/** What the engines of a run were asked for, in all their lives: the embedded server notes it before it samples; vLLM does not. */
export function askedOf({ faultsFolder }: OwnRun): Asked {
  const asked = new Map<number, number[]>()
  const file = join(faultsFolder, 'asked.jsonl')
  if (!existsSync(file)) return asked
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const { atMs, seed, n } = JSON.parse(line) as { atMs: number; seed: number | null; n: number }
    // A canary, or the token that a watchdog asks for: no sample.
    if (!seed) continue
    for (let index = 0; index < n; index++) asked.set(seed + index, [...(asked.get(seed + index) ?? []), atMs])
  }
  return asked
}

export function repeatsOf(turns: readonly RecordedTurn[], asked: Asked): Repeat[] {
  return turns.flatMap((turn) => {
    const times = asked.get(turn.seed) ?? []
    return times.slice(1).map((again, index) => ({ ...turn, before: times[index]!, again }))
  })
}

/**
 * What is wrong with the sampling of a finished run, a line each: each turn that stands was asked for, nothing else was, and
 * no sample had more than so many turns asked for again.
 */
export function samplingProblems(turns: readonly RecordedTurn[], asked: Asked, repeatsMax: number): string[] {
  const seeds = new Set(turns.map(({ seed }) => seed))
  const repeats = new Map<string, number>()
  for (const { sample } of repeatsOf(turns, asked)) repeats.set(sample, (repeats.get(sample) ?? 0) + 1)
  return [
    ...turns
      .filter(({ seed }) => !asked.has(seed))
      .map(({ sample }) => `sampling: nobody asked for a turn of ${sample}`),
    ...[...asked.keys()]
      .filter((seed) => !seeds.has(seed))
      .map((seed) => `sampling: what seed ${seed} gave stands nowhere`),
    ...[...repeats]
      .filter(([, count]) => count > repeatsMax)
      .map(
        ([sample, count]) => `sampling: ${count} turns of ${sample} were asked for again, not ${repeatsMax} at most`,
      ),
  ]
}
