import type { Rollout, RolloutEvent, Turn } from '../../contracts/rollout.ts'
import { answerIn } from '../answers/answer-in.ts'
import { parseToolCall, readTurn } from '../answers/parse-tool-call.ts'
import { nextAction, notRun } from './next-action.ts'
import { end, generationsOf, roomLeft, type RolloutState, startRollout, type RolloutStart } from './rollout-state.ts'

type Generated = RolloutEvent & { kind: 'generated' }
type Executed = RolloutEvent & { kind: 'executed' }

/** Generations of a rollout, those of one turn counted one by one: what the ids of turns have room for. */
const GENERATIONS_MAX = 99

function check(state: RolloutState, holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`${state.id}, turn ${generationsOf(state)}: ${sentence}`)
}

function withTokens(state: RolloutState, ids: readonly number[], mask: 0 | 1, logprobs: readonly number[]) {
  return {
    responseTokenIds: [...state.responseTokenIds, ...ids],
    responseMask: [...state.responseMask, ...ids.map(() => mask)],
    responseLogprobs: [...state.responseLogprobs, ...logprobs],
  } satisfies Partial<Rollout>
}

/** The same as runs that began before December 2026 settled it: `rollout.toolCalls: exact`. */
function settleExact(state: RolloutState): RolloutState {
  const { text, finish } = state.turns.at(-1)!
  if (finish === 'end_of_sequence') return end(state, 'no_answer')
  if (finish === 'length' || roomLeft(state) === 0) return end(state, 'too_long')
  const call = parseToolCall(text, 'exact')
  if (call.kind !== 'call' && answerIn(text) !== null) return end(state, 'no_answer')
  if (state.turns.length === state.limits.turnsMax) return end(state, 'turn_limit')
  return call.kind === 'call' ? { ...state, pendingCode: call.code } : state
}

/** Removes the end token that the policy sampled after a program: the rollout continues with the output, so the text has not ended there. */
function withoutEndToken(state: RolloutState): RolloutState {
  const turn = state.turns.at(-1)!
  const last = state.responseTokenIds.at(-1)
  const isEnd = turn.finish === 'end_of_sequence' && last !== undefined && state.limits.endTokenIds?.includes(last)
  if (isEnd !== true || turn.sampledTokens < 2) return state
  return {
    ...state,
    responseTokenIds: state.responseTokenIds.slice(0, -1),
    responseMask: state.responseMask.slice(0, -1),
    responseLogprobs: state.responseLogprobs.slice(0, -1),
    turns: [...state.turns.slice(0, -1), { ...turn, sampledTokens: turn.sampledTokens - 1 }],
  }
}

/** What a finished generation means: the rollout ends, waits for a program, or the policy writes on. */
function settle(state: RolloutState): RolloutState {
  if (state.limits.toolCalls === 'exact') return settleExact(state)
  const { text, finish } = state.turns.at(-1)!
  const { call, behind, mayGoOn } = readTurn(text)
  const isLast = state.turns.length === state.limits.turnsMax
  // A program that the end token follows is a call too, unless the policy has given its answer.
  const waits = finish === 'stop_text' || behind.trim() === '' || answerIn(text) === null
  if (call.kind === 'call' && finish !== 'length' && waits) {
    if (isLast) return end(state, 'turn_limit')
    const ready = withoutEndToken(state)
    if (roomLeft(ready) === 0) return end(state, 'too_long')
    if (!mayGoOn || finish === 'end_of_sequence') return { ...ready, pendingCode: call.code }
  } else {
    if (finish === 'end_of_sequence') return end(state, 'no_answer')
    if (finish === 'length' || roomLeft(state) === 0) return end(state, 'too_long')
    // A fence that closes no program meets the stop text too: without an answer the policy may write on.
    if (answerIn(text) !== null) return end(state, 'no_answer')
    if (isLast) return end(state, 'turn_limit')
  }
  return generationsOf(state) < GENERATIONS_MAX ? state : end(state, 'turn_limit')
}

/** The turns with one more generation: it goes on with the last turn if nothing was run behind that. */
function withGeneration(state: RolloutState, turn: Turn): Turn[] {
  const last = state.turns.at(-1)
  if (last === undefined || last.toolCall !== null || state.limits.toolCalls === 'exact') return [...state.turns, turn]
  const { text, sampledTokens, seed, generations = 1 } = last
  const both = { text: text + turn.text, sampledTokens: sampledTokens + turn.sampledTokens }
  return [...state.turns.slice(0, -1), { ...turn, ...both, seed, generations: generations + 1 }]
}

function generated(state: RolloutState, { policy, generation }: Generated): RolloutState {
  const { tokenIds, logprobs, text, finish, seed } = generation
  check(state, policy === state.policy, `sampled by ${policy}, begun by ${state.policy}`)
  check(state, tokenIds.length === logprobs.length, `${logprobs.length} logprobs for ${tokenIds.length} tokens`)
  check(state, tokenIds.length <= roomLeft(state), `${tokenIds.length} tokens, room for ${roomLeft(state)}`)
  const turn = { text, sampledTokens: tokenIds.length, finish, seed, toolCall: null }
  return settle({ ...state, ...withTokens(state, tokenIds, 1, logprobs), turns: withGeneration(state, turn) })
}

function executed(state: RolloutState, code: string, { verdict, output }: Executed): RolloutState {
  const { toolOutputTokensMax } = state.limits
  const size = output.tokenIds.length
  const wasRun = verdict.kind !== 'not_run'
  check(
    state,
    wasRun === (notRun(state.limits, code) === null),
    `a program ${wasRun ? 'over' : 'within'} the limit of lines was ${wasRun ? '' : 'not '}run`,
  )
  check(state, size <= toolOutputTokensMax, `${size} tokens of tool output, ${toolOutputTokensMax} at most`)
  // Forced tokens after which nothing can be sampled would give no gradient: they are left out.
  const fits = size < roomLeft(state)
  const toolCall = { code, verdict, output: output.text, outputTokens: fits ? size : 0 }
  const turns = [...state.turns.slice(0, -1), { ...state.turns.at(-1)!, toolCall }]
  const after = { ...state, turns, pendingCode: null }
  if (!fits) return end(after, 'too_long')
  return { ...after, ...withTokens(state, output.tokenIds, 0, Array<number>(size).fill(0)) }
}

/**
 * The state after an event (Algorithm §2). Throws, with the sample's id, if the event is not the one that
 * `nextAction` asked for or breaks a limit: that is a bug of the caller or the server, not an ending.
 */
export function advance(state: RolloutState, event: RolloutEvent): RolloutState {
  const action = nextAction(state)
  check(state, action.kind !== 'finish' && action.turn === event.turn, `${event.kind} turn ${event.turn} out of order`)
  if (action.kind === 'generate' && event.kind === 'generated') return generated(state, event)
  if (action.kind === 'execute' && event.kind === 'executed') return executed(state, action.code, event)
  throw new Error(`${state.id}, turn ${event.turn}: expected the result of "${action.kind}", got "${event.kind}"`)
}

/** The state of a rollout after its journal: where a retry continues, or a reader's copy of a finished one. */
export function replay(start: RolloutStart, journal: readonly RolloutEvent[]): RolloutState {
  return journal.reduce(advance, startRollout(start))
}
