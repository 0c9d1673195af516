import { type RolloutEvent, type RolloutLimits, Rollout } from '../../../contracts/rollout.ts'
import { advance, replay } from '../../../core/rollout/advance.ts'
import { historyOf, nextAction, STOP_TEXT } from '../../../core/rollout/next-action.ts'
import { startRollout } from '../../../core/rollout/rollout-state.ts'
import { aStart, encode, executed, generated, okVerdict, program } from '../../support/rollouts.ts'

function after(journal: readonly RolloutEvent[], changes?: Partial<RolloutLimits>) {
  return replay(aStart(changes), journal)
}

function finished(journal: readonly RolloutEvent[], changes?: Partial<RolloutLimits>): Rollout {
  const action = nextAction(after(journal, changes))
  if (action.kind !== 'finish') throw new Error(`not finished: ${JSON.stringify(action)}`)
  return action.rollout
}

const ANSWERED = [
  generated(0, program('print(6*7)')),
  executed(0, '42'),
  generated(1, 'So \\boxed{42}', 'end_of_sequence'),
]

test('stop and go: generate, execute, generate, finish', () => {
  const kinds = [0, 1, 2, 3].map((count) => nextAction(after(ANSWERED.slice(0, count))).kind)
  expect(kinds).toEqual(['generate', 'execute', 'generate', 'finish'])
  expect(nextAction(after(ANSWERED.slice(0, 1)))).toEqual({ kind: 'execute', turn: 0, code: 'print(6*7)' })
})

test('the stop text is what closes a program', () => {
  expect(program('x').endsWith(STOP_TEXT)).toBe(true)
})

test('an answered rollout holds the answer, the turns and the verdict, and meets its contract', () => {
  const rollout = finished(ANSWERED)
  expect(rollout).toMatchObject({ ending: 'answered', answer: '42' })
  expect(rollout.turns.map((turn) => turn.toolCall?.code)).toEqual(['print(6*7)', undefined])
  expect(Rollout.parse(rollout)).toEqual(rollout)
})

test('tokens the policy sampled have mask 1 and the logprob of the server, tool output has mask 0 and none', () => {
  const { responseTokenIds: tokenIds, responseMask: mask, responseLogprobs: logprobs } = finished(ANSWERED)
  const [first, forced, last] = [
    encode(program('print(6*7)')),
    encode('```output\n42\n```\n'),
    encode('So \\boxed{42}'),
  ]
  expect(tokenIds).toEqual([...first, ...forced, ...last])
  expect(mask).toEqual([...first.map(() => 1), ...forced.map(() => 0), ...last.map(() => 1)])
  const sampled = (count: number) => Array.from({ length: count }, (_, index) => -0.25 * (index + 1))
  expect(logprobs).toEqual([...sampled(first.length), ...forced.map(() => 0), ...sampled(last.length)])
})

test('only token ids of the events enter: text is never made into tokens', () => {
  const event = { ...generated(0, '\\boxed{1}', 'end_of_sequence') } as RolloutEvent & { kind: 'generated' }
  const odd = { ...event, generation: { ...event.generation, tokenIds: [900001, 7], logprobs: [-1, -2] } }
  expect(finished([odd])).toMatchObject({ responseTokenIds: [900001, 7], answer: '1' })
})

test('generation goes on over the whole history', () => {
  const state = after(ANSWERED.slice(0, 2))
  const forced = '```output\n42\n```\n'
  expect(historyOf(state)).toEqual(encode(`What is 6*7?${program('print(6*7)')}${forced}`))
})

test('the token budget of a turn is what sampled and forced tokens have left', () => {
  const used = encode(program('print(6*7)')).length + encode('```output\n42\n```\n').length
  expect(nextAction(after([]))).toEqual({ kind: 'generate', turn: 0, tokensMax: 1000 })
  expect(nextAction(after(ANSWERED.slice(0, 2)))).toEqual({ kind: 'generate', turn: 1, tokensMax: 1000 - used })
})

test('text behind the closing fence stays in the history and is no second program', () => {
  const text = `${program('print(1)')}${program('print(2)')}`
  const state = after([generated(0, text)])
  expect(nextAction(state)).toEqual({ kind: 'execute', turn: 0, code: 'print(1)' })
  expect(state.responseTokenIds).toEqual(encode(text))
})

const turns = (count: number) =>
  Array.from({ length: count }, (_, turn) => [
    generated(turn, program(`print(${turn})`)),
    executed(turn, `${turn}`),
  ]).flat()

test.each<[name: string, ending: string, journal: RolloutEvent[], changes: Partial<RolloutLimits>]>([
  ['the policy ends without a box', 'no_answer', [generated(0, 'I give up.', 'end_of_sequence')], {}],
  ['an unclosed program at the end', 'no_answer', [generated(0, '```python\nx', 'end_of_sequence')], {}],
  [
    'a program that the end token follows, in the last turn',
    'turn_limit',
    [generated(0, program('x'), 'end_of_sequence')],
    { turnsMax: 1 },
  ],
  ['a truncated box', 'too_long', [generated(0, '\\boxed{4', 'length')], {}],
  ['a program that fills the budget', 'too_long', [generated(0, program('x'))], { responseTokensMax: 32 }],
  [
    'tool output that fills the budget',
    'too_long',
    [generated(0, program('x')), executed(0, '1')],
    { responseTokensMax: 48 },
  ],
  ['a prompt over its limit', 'too_long', [], { promptTokensMax: 11 }],
  ['a program in the last turn', 'turn_limit', [...turns(3), generated(3, program('x'))], {}],
  ['a fence of another kind in the last turn', 'turn_limit', [generated(0, '```\nx\n```\n')], { turnsMax: 1 }],
])('%s ends as %s', (_name, ending, journal, changes) => {
  expect(finished(journal, changes)).toMatchObject({ ending, answer: null })
})

test('a program in the last turn is not run', () => {
  const rollout = finished([...turns(3), generated(3, program('x'))])
  expect(rollout.turns.map((turn) => turn.toolCall !== null)).toEqual([true, true, true, false])
})

test('tool output after which no token fits is recorded, but not in the response', () => {
  const rollout = finished([generated(0, program('x')), executed(0, '1')], { responseTokensMax: 48 })
  expect(rollout.responseTokenIds).toEqual(encode(program('x')))
  expect(rollout.turns[0]!.toolCall).toMatchObject({ verdict: okVerdict('1\n'), outputTokens: 0 })
  const roomier = after([generated(0, program('x')), executed(0, '1')], { responseTokensMax: 49 })
  expect(nextAction(roomier)).toEqual({ kind: 'generate', turn: 1, tokensMax: 1 })
})

test.each<[name: string, journal: RolloutEvent[], changes: Partial<RolloutLimits>]>([
  ['the token limit', [generated(0, '\\boxed{4}, or \\boxed{', 'length')], {}],
  ['the turn limit', [generated(0, `\\boxed{4}\n${program('x')}`)], { turnsMax: 1 }],
  [
    'an end without a second box',
    [generated(0, `\\boxed{4}\n${program('x')}`), executed(0, '4'), generated(1, 'Yes.', 'end_of_sequence')],
    {},
  ],
])('an earlier answer survives %s', (_name, journal, changes) => {
  expect(finished(journal, changes)).toMatchObject({ ending: 'answered', answer: '4' })
})

test('a later box replaces an earlier one, a box in tool output does not', () => {
  const first = [generated(0, `\\boxed{4}?\n${program('x')}`), executed(0, '\\boxed{9}')]
  expect(finished([...first, generated(1, 'Hm.', 'end_of_sequence')]).answer).toBe('4')
  expect(finished([...first, generated(1, '\\boxed{5}', 'end_of_sequence')]).answer).toBe('5')
})

test('a fence of another kind costs no execution', () => {
  const journal = [generated(0, '```\nx + y\n```\n')]
  expect(nextAction(after(journal))).toMatchObject({ kind: 'generate', turn: 1 })
  expect(finished([generated(0, '```\n\\boxed{3}\n```\n')])).toMatchObject({ ending: 'answered', answer: '3' })
})

test('replaying the journal of a rollout gives the identical rollout, from every point and through JSON', () => {
  const whole = after(ANSWERED)
  for (const count of [0, 1, 2, 3]) {
    const stored: unknown = JSON.parse(
      JSON.stringify({ state: after(ANSWERED.slice(0, count)), rest: ANSWERED.slice(count) }),
    )
    const { state, rest } = stored as { state: typeof whole; rest: RolloutEvent[] }
    expect(rest.reduce(advance, state)).toEqual(whole)
  }
})

test('advancing leaves the state before untouched', () => {
  const before = startRollout(aStart())
  const copy = JSON.stringify(before)
  advance(before, ANSWERED[0]!)
  expect(JSON.stringify(before)).toBe(copy)
})

const [first, second, third] = ANSWERED as [RolloutEvent, RolloutEvent, RolloutEvent]
const generation = (first as RolloutEvent & { kind: 'generated' }).generation

test.each<[name: string, journal: RolloutEvent[], problem: string, changes: Partial<RolloutLimits>]>([
  ['a result that nobody asked for', [second], 'expected the result of "generate", got "executed"', {}],
  [
    'a generation while a program waits',
    [first, generated(0, 'x')],
    'expected the result of "execute", got "generated"',
    {},
  ],
  ['a turn twice', [first, second, first], 'generated turn 0 out of order', {}],
  ['an event after the end', [...ANSWERED, third], 'out of order', {}],
  [
    'another policy',
    [{ ...generated(0, 'x'), policy: 'tiny-executor-v3' } as RolloutEvent],
    'sampled by tiny-executor-v3',
    {},
  ],
  [
    'a logprob missing',
    [{ ...first, generation: { ...generation, logprobs: [] } } as RolloutEvent],
    '0 logprobs for',
    {},
  ],
  ['more tokens than asked for', [first], 'room for 10', { responseTokensMax: 10 }],
  ['more tool output than allowed', [first, executed(0, 'x'.repeat(60))], '75 tokens of tool output, 60 at most', {}],
])('%s is a bug that names the sample', (_name, journal, problem, changes) => {
  expect(() => after(journal, changes)).toThrow(problem)
  expect(() => after(journal, changes)).toThrow('/task-000042/sample-0003, turn ')
})
