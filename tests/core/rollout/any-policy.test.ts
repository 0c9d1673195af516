import { Rollout, type RolloutEvent } from '../../../contracts/rollout.ts'
import { advance, replay } from '../../../core/rollout/advance.ts'
import { nextAction } from '../../../core/rollout/next-action.ts'
import { startRollout, type RolloutStart } from '../../../core/rollout/rollout-state.ts'
import { toolOutput } from '../../../core/rollout/tool-output.ts'
import { aStart, encode, generated, okVerdict } from '../../support/rollouts.ts'
import { seededRandom, type SeededRandom } from '../../support/seeded-random.ts'

const PIECES = ['```python\n', '\n```\n', 'print(1)', '\\boxed{', '}', '7', ' so ', '\n']

/** What some policy might write within its budget, and how a server would have ended it. */
function someGeneration(random: SeededRandom, turn: number, tokensMax: number): RolloutEvent {
  const text = Array.from({ length: 1 + random.integer(30) }, () => random.pick(PIECES)).join('')
  return text.length >= tokensMax
    ? generated(turn, text.slice(0, tokensMax), 'length')
    : generated(turn, text, random.pick(['end_of_sequence', 'stop_text', 'stop_text', 'stop_text']))
}

/** Drives a rollout to its end as an activity does, and returns it with its journal. */
function rollOut(random: SeededRandom, start: RolloutStart): { rollout: Rollout; journal: RolloutEvent[] } {
  const journal: RolloutEvent[] = []
  let state = startRollout(start)
  for (let action = nextAction(state); ; action = nextAction(state)) {
    if (action.kind === 'finish') return { rollout: action.rollout, journal }
    const { turn } = action
    const verdict = okVerdict('9'.repeat(random.integer(100)))
    const event: RolloutEvent =
      action.kind === 'generate'
        ? someGeneration(random, turn, action.tokensMax)
        : { kind: 'executed', turn, verdict, output: toolOutput(state, verdict, encode) }
    journal.push(event)
    state = advance(state, event)
  }
}

test('whatever a policy writes, its rollout ends, within its limits, and replays to the same', () => {
  const random = seededRandom(7)
  const endings = new Map<string, number>()
  for (let round = 0; round < 2000; round++) {
    const limits = { turnsMax: 1 + random.integer(4), responseTokensMax: 50 + random.integer(500) }
    const start = aStart(limits)
    const { rollout, journal } = rollOut(random, start)
    expect(rollout.turns.length).toBeLessThanOrEqual(limits.turnsMax)
    expect(rollout.responseTokenIds.length).toBeLessThanOrEqual(limits.responseTokensMax)
    const counted = rollout.turns.map((turn) => turn.sampledTokens + (turn.toolCall?.outputTokens ?? 0))
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(rollout.responseTokenIds.length)
    expect(Rollout.parse(rollout)).toEqual(rollout)
    const copy = JSON.parse(JSON.stringify(journal)) as RolloutEvent[]
    expect(nextAction(replay(start, copy))).toEqual({ kind: 'finish', rollout })
    endings.set(rollout.ending, (endings.get(rollout.ending) ?? 0) + 1)
  }
  for (const ending of ['answered', 'no_answer', 'too_long', 'turn_limit']) {
    expect(endings.get(ending)).toBeGreaterThan(50)
  }
})
