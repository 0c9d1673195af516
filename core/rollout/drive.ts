import type { Rollout, RolloutEvent } from '../../contracts/rollout.ts'
import { advance } from './advance.ts'
import { nextAction } from './next-action.ts'
import { planGenerations, type PlannedGeneration } from './plan-generations.ts'
import type { RolloutState } from './rollout-state.ts'

type Generated = RolloutEvent & { kind: 'generated' }
type Executed = RolloutEvent & { kind: 'executed' }

/** One request for samples that continue the history of `state`; they may take `tokensMax` tokens each. */
export interface GenerationRequest extends PlannedGeneration {
  state: RolloutState
  tokensMax: number
}

/** The effects that rollouts need. An error in one of them stops all rollouts of the task: an outage is not an ending. */
export interface RolloutEffects {
  /** What the policy sampled, one per turn of the request, in order. */
  generate(request: GenerationRequest): Promise<Pick<Generated, 'policy' | 'generation'>[]>
  /** What the sandbox made of the program, and the block that the policy is shown of it. */
  execute(code: string, state: RolloutState): Promise<Pick<Executed, 'verdict' | 'output'>>
  /** Makes the event last, before the next begins; gives the event that stands there, which is another attempt's if that came first. */
  record(state: RolloutState, event: RolloutEvent): Promise<RolloutEvent>
}

/** Waits for all, also after a failure: what is under way is journaled before the caller hears of it. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results.map((result) => (result as PromiseFulfilledResult<T>).value)
}

/**
 * Brings the rollouts of one task to their ends, each in its own time: a slow sample holds up no other. First turns that are
 * still missing are sampled together. Algorithm §2.
 * @param states where each stands, by sample: fresh ones, or replayed from the journal
 */
export async function driveRollouts(
  runSeed: number,
  states: readonly RolloutState[],
  effects: RolloutEffects,
): Promise<Rollout[]> {
  const generate = async (state: RolloutState, planned: PlannedGeneration): Promise<Generated[]> => {
    const action = nextAction(state)
    if (action.kind !== 'generate') throw new Error(`${state.id}: is not waiting for a generation`)
    const sampled = await effects.generate({ ...planned, state, tokensMax: action.tokensMax })
    return sampled.map((one) => ({ kind: 'generated', turn: action.turn, ...one }))
  }
  const firstTurns = new Map<string, Promise<Generated>>()
  const waiting = states.filter((state) => state.turns.length === 0 && nextAction(state).kind === 'generate')
  let next = 0
  for (const planned of planGenerations(runSeed, waiting)) {
    const members = waiting.slice(next, (next += planned.turns.length))
    const request = generate(members[0]!, planned)
    for (const [index, { id }] of members.entries()) {
      firstTurns.set(
        id,
        request.then((events) => events[index]!),
      )
    }
  }
  const nextEvent = async (state: RolloutState): Promise<RolloutEvent | null> => {
    const action = nextAction(state)
    if (action.kind === 'finish') return null
    if (action.kind === 'generate') {
      const first = state.turns.length === 0 ? firstTurns.get(state.id) : undefined
      return first ?? (await generate(state, planGenerations(runSeed, [state])[0]!))[0]!
    }
    return { kind: 'executed', turn: action.turn, ...(await effects.execute(action.code, state)) }
  }
  const finish = async (start: RolloutState): Promise<Rollout> => {
    let state = start
    for (;;) {
      const event = await nextEvent(state)
      if (event === null) break
      state = advance(state, await effects.record(state, event))
    }
    const action = nextAction(state)
    if (action.kind !== 'finish') throw new Error(`${state.id} has not ended`)
    return action.rollout
  }
  return settleAll(states.map(finish))
}
