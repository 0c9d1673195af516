import { Rollout, type RolloutEvent, type RolloutLimits } from '../../../contracts/rollout.ts'
import { replay } from '../../../core/rollout/advance.ts'
import { nextAction, STOP_TEXT, stopTexts } from '../../../core/rollout/next-action.ts'
import { aStart, encode, executed, generated, program } from '../../support/rollouts.ts'

const after = (journal: readonly RolloutEvent[], changes?: Partial<RolloutLimits>) => replay(aStart(changes), journal)

function finished(journal: readonly RolloutEvent[], changes?: Partial<RolloutLimits>): Rollout {
  const action = nextAction(after(journal, changes))
  if (action.kind !== 'finish') throw new Error(`not finished: ${JSON.stringify(action)}`)
  return Rollout.parse(action.rollout)
}

const bare = '```\nx + y\n```\n'

test('a program that the end token follows is run while turns are left', () => {
  const ended = generated(0, program('print(1)'), 'end_of_sequence')
  expect(nextAction(after([ended]))).toEqual({ kind: 'execute', turn: 0, code: 'print(1)' })
  expect(nextAction(after([ended, executed(0, '1')]))).toMatchObject({ kind: 'generate', turn: 1 })
  expect(finished([ended], { turnsMax: 1 })).toMatchObject({ ending: 'turn_limit' })
})

test('behind an answer the end token ends the rollout, unless the program is the last thing said', () => {
  const verifying = generated(0, `\\boxed{4}. I check:\n${program('x')}`, 'end_of_sequence')
  expect(nextAction(after([verifying])).kind).toBe('execute')
  const answered = generated(0, `${program('x')}So \\boxed{4}`, 'end_of_sequence')
  expect(finished([answered])).toMatchObject({ ending: 'answered', answer: '4' })
})

test('the end token behind a program that is run is left out, any other token is not', () => {
  const text = program('x')
  const event = generated(0, text, 'end_of_sequence') as RolloutEvent & { kind: 'generated' }
  const { generation } = event
  const withEnd: RolloutEvent = {
    ...event,
    generation: { ...generation, tokenIds: [...generation.tokenIds, 2], logprobs: [...generation.logprobs, -0.5] },
  }
  const state = after([withEnd], { endTokenIds: [2, 3] })
  expect(state.responseTokenIds).toEqual(encode(text))
  expect([state.responseMask.length, state.responseLogprobs.length, state.turns[0]!.sampledTokens]).toEqual(
    Array(3).fill(encode(text).length),
  )
  expect(after([event], { endTokenIds: [2, 3] }).responseTokenIds).toEqual(encode(text))
  expect(after([withEnd]).responseTokenIds).toEqual([...encode(text), 2])
  const answer = generated(0, '\\boxed{1}\u0002', 'end_of_sequence')
  expect(finished([answer], { endTokenIds: [2] }).responseTokenIds.at(-1)).toBe(2)
})

test('a fence that closes no program costs no turn', () => {
  const fences = [0, 1, 2, 3, 4, 5].map((turn) => generated(turn, bare))
  expect(nextAction(after(fences))).toMatchObject({ kind: 'generate', turn: 6 })
  const rollout = finished([
    ...fences,
    generated(6, program('x')),
    executed(6, '1'),
    generated(7, 'So \\boxed{1}', 'end_of_sequence'),
  ])
  expect(rollout).toMatchObject({ ending: 'answered', answer: '1' })
  expect(rollout.turns.map(({ generations }) => generations)).toEqual([7, undefined])
  expect(rollout.turns[0]!.text).toBe(bare.repeat(6) + program('x'))
  expect(rollout.turns[0]!.sampledTokens).toBe(encode(bare.repeat(6) + program('x')).length)
})

test('an answer that goes on behind a fence is read whole', () => {
  const journal = [generated(0, 'The answer:\n```\n'), generated(1, '\\boxed{4}\n```\n')]
  expect(finished(journal)).toMatchObject({ ending: 'answered', answer: '4' })
  const code = [generated(0, 'Let me see:\n```\n'), generated(1, 'print("\\boxed{4}")\n```\n')]
  expect(nextAction(after(code))).toMatchObject({ kind: 'generate', turn: 2 })
})

test('a policy that only opens and closes fences comes to an end', () => {
  const fences = Array.from({ length: 99 }, (_, turn) => generated(turn, '\n```\n'))
  expect(nextAction(after(fences.slice(0, 98))).kind).toBe('generate')
  expect(finished(fences)).toMatchObject({ ending: 'turn_limit', answer: null })
})

test('a program whose string holds a fence is written to its end, and run whole', () => {
  const open = generated(0, program('s = """'))
  expect(nextAction(after([open]))).toMatchObject({ kind: 'generate', turn: 1 })
  const rest = '"""\nprint(len(s))\n```\n'
  const state = after([open, generated(1, rest)])
  expect(nextAction(state)).toEqual({ kind: 'execute', turn: 1, code: 's = """\n```\n"""\nprint(len(s))' })
  // Where the policy ends there, its program is over.
  const ended = generated(0, program('s = """'), 'end_of_sequence')
  expect(nextAction(after([ended]))).toEqual({ kind: 'execute', turn: 0, code: 's = """' })
})

test('a cut-off program is not run, one that fills the budget neither', () => {
  expect(finished([generated(0, '```python\nprint(2**10', 'length')])).toMatchObject({ ending: 'too_long' })
  expect(finished([generated(0, program('x'), 'length')])).toMatchObject({ ending: 'too_long' })
})

test('text that a policy invents behind its program is no answer of the sandbox', () => {
  const text = `${program('print(1)')}\`\`\`output\n2\n\`\`\`\n`
  expect(nextAction(after([generated(0, text)]))).toEqual({ kind: 'execute', turn: 0, code: 'print(1)' })
})

test('stop texts are sent while a program can be run: not in the last turn, and in no other', () => {
  const ran = (turns: number) =>
    Array.from({ length: turns }, (_, turn) => [generated(turn, program('x')), executed(turn, '1')]).flat()
  const stops = [0, 1, 2, 3].map((turns) => stopTexts(after(ran(turns))).includes(STOP_TEXT))
  expect(stops).toEqual([true, true, true, false])
  expect(stopTexts(after([], { turnsMax: 1 }))).toEqual([])
  expect(stopTexts(after([...ran(2), generated(2, bare)]))).toContain(STOP_TEXT)
  expect(stopTexts(after(ran(0))).length).toBeLessThanOrEqual(4)
})

test('a run that began before goes on as it began', () => {
  const exact = { toolCalls: 'exact' } as const
  expect(finished([generated(0, program('x'), 'end_of_sequence')], exact).ending).toBe('no_answer')
  expect(
    finished(
      [0, 1, 2, 3].map((turn) => generated(turn, bare)),
      exact,
    ),
  ).toMatchObject({ ending: 'turn_limit' })
  expect(nextAction(after([generated(0, '```py\nx\n```\n')], exact))).toMatchObject({ kind: 'generate', turn: 1 })
  expect(stopTexts(after([], { ...exact, turnsMax: 1 }))).toEqual([STOP_TEXT])
})
