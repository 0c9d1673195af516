import { type TurnId, parseId, turnId } from '../../contracts/ids.ts'
import { seededStream } from '../random/seeded-stream.ts'
import { generationsOf, type RolloutState } from './rollout-state.ts'

/** One request to a model server: samples in a row of the same prompt, with seeds in a row. */
export interface PlannedGeneration {
  /** Turns that it generates, one per sample, in order. */
  turns: TurnId[]
  /** Seed of the first one; the one at index i has `seed + i`. */
  seed: number
}

/**
 * Seed of a turn, from the run's seed and the turn's key. First turns of a task share a stream and count on from it, so
 * that one request with `n` samples gives each the seed that it would get alone.
 */
export function turnSeed(runSeed: number, turn: TurnId): number {
  const parsed = parseId(turn)
  if (!parsed.ok || parsed.level !== 'turn') throw new Error(`${turn} is not the id of a turn`)
  if (parsed.parts.turn !== 0) return seededStream(runSeed, turn).uint32()
  const task = turn.split('/').slice(0, -2).join('/')
  return seededStream(runSeed, `${task}/first-turn`).uint32() + parsed.parts.sample!
}

/**
 * The requests that bring every one of these rollouts of a task one turn further: first turns together, as they continue
 * the same prompt, all others alone. After a restart only what is missing is asked for, with the same seeds.
 * @param states rollouts of one task that wait for a generation, by sample
 */
export function planGenerations(runSeed: number, states: readonly RolloutState[]): PlannedGeneration[] {
  const planned: PlannedGeneration[] = []
  for (const state of states) {
    const turn = turnId(state.id, generationsOf(state))
    const seed = turnSeed(runSeed, turn)
    const before = planned.at(-1)
    const goesOn = before !== undefined && state.turns.length === 0 && before.seed + before.turns.length === seed
    if (goesOn) before.turns.push(turn)
    else planned.push({ turns: [turn], seed })
  }
  return planned
}
