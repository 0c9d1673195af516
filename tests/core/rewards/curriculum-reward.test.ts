import {
  additive,
  curriculumRewards,
  gated,
  type ProposalOutcome,
  proposalReward,
  totalReward,
} from '../../../core/rewards/curriculum-reward.ts'
import { preset } from '../../support/presets.ts'

const QUESTIONS: Record<string, string> = {
  'twin-a': 'How many primes lie below one hundred?',
  'twin-b': 'How many primes lie below one hundred?',
}

const proposal = (id: string, overrides: Partial<ProposalOutcome> = {}): ProposalOutcome => ({
  id,
  proposal: { kind: 'well_formed', question: QUESTIONS[id] ?? `What is ${id}?`, ownAnswer: '4' },
  pHat: 0.6,
  toolCalls: [{ written: 2, executed: 2 }],
  ...overrides,
})

const malformed = proposal('malformed', {
  proposal: { kind: 'malformed', problem: 'no_question' },
  pHat: 0,
  toolCalls: [],
})
const batch = [proposal('lone'), proposal('twin-a'), proposal('twin-b'), malformed]
const totals = (name: 'paper' | 'code' | 'default') =>
  curriculumRewards(preset(name).curriculum.reward, batch).map(({ total }) => total)

// By hand, B = 4: R_unc 0.8 or 0.4; R_tool 0.6·0.25·2 or 0.05·2; R_rep 1/4 or 2/4.
test.each([
  ['paper', [0.85, 0.6, 0.6, 0]],
  ['code', [0.25, 0, 0, -1.25]],
  ['default', [0.65, 0.4, 0.4, 0]],
] as const)('rewards of a batch under preset %s', (name, expected) => {
  totals(name).forEach((total, index) => expect(total).toBeCloseTo(expected[index]!, 12))
})

test('terms are told as they enter the total, and a malformed proposal has only its penalty', () => {
  const { reward } = preset('default').curriculum
  const [lone, , , bad] = curriculumRewards(reward, batch)
  expect(lone!.terms['tool']).toBeCloseTo(0.1, 12)
  expect(Object.keys(bad!.terms)).toEqual(expect.arrayContaining(['format', 'uncertainty', 'tool', 'repetition']))
  expect(Object.entries(bad!.terms).filter(([, term]) => term !== 0)).toEqual([['repetition', 0.25]])
})

test('a malformed proposal earns nothing even if somebody rolled it out', () => {
  const [bad] = curriculumRewards(preset('default').curriculum.reward, [
    proposal('a', { proposal: malformed.proposal }),
  ])
  expect(bad).toMatchObject({ total: 0, terms: { uncertainty: 0, tool: 0 } })
})

test('a task without votes earns no uncertainty reward', () => {
  const [only] = curriculumRewards(preset('default').curriculum.reward, [proposal('silent', { pHat: 0 })])
  expect(only!.terms['uncertainty']).toBe(0)
})

test('the proposer’s own answer never enters its reward', () => {
  const { reward } = preset('default').curriculum
  const [right, wrong] = ['4', 'no idea'].map((ownAnswer) =>
    curriculumRewards(reward, [
      proposal('a', { proposal: { kind: 'well_formed', question: 'What is 2 + 2?', ownAnswer } }),
    ]),
  )
  expect(wrong).toEqual(right)
})

test('without the tool term Agent0’s reward is R-Zero’s, bit for bit: max(0, 1 − 2·|p̂ − ½| − share)', () => {
  const { reward } = preset('paper').curriculum
  for (let votes = 0; votes <= 10; votes++) {
    const [pHat, share] = [votes / 10, (1 + votes) / 11]
    const { total } = proposalReward({ ...reward, tool: { kind: 'none' } }, proposal('q', { pHat }), share)
    expect(total).toBe(Math.max(0, 1 - 2 * Math.abs(pHat - 0.5) - share))
  }
})

test.each<[string, Partial<ProposalOutcome>]>([
  ['the uncertainty reward is NaN', { pHat: Number.NaN }],
  ['the tool reward is NaN', { toolCalls: [{ written: Number.NaN, executed: Number.NaN }] }],
])('a bug is told with the task’s id: %s', (sentence, overrides) => {
  const { reward } = preset('default').curriculum
  expect(() => curriculumRewards(reward, [proposal('run/iter-001/task-7', overrides)])).toThrow(
    `run/iter-001/task-7: ${sentence}`,
  )
})

test('a repetition penalty that is no number is a bug, told with the task’s id', () => {
  const { reward } = preset('default').curriculum
  expect(() => proposalReward(reward, proposal('run/task-7'), Number.POSITIVE_INFINITY)).toThrow(
    'run/task-7: the repetition penalty is Infinity',
  )
})

const terms = { format: 1, uncertainty: 0.6, tool: 0.2, repetition: 0.25 } as const

test('paper: R_format · max(0, R_unc + R_tool − R_rep)', () => {
  expect(gated(terms)).toBeCloseTo(0.55, 12)
})

test('paper: a malformed proposal earns 0, and no proposal earns less', () => {
  expect(gated({ ...terms, format: 0 })).toBe(0)
  expect(gated({ ...terms, repetition: 0.9 })).toBe(0)
})

test('code: R_unc + R_tool − R_rep, below 0 as well', () => {
  expect(additive(terms, -1)).toBeCloseTo(0.55, 12)
  expect(additive({ ...terms, repetition: 0.9 }, -1)).toBeCloseTo(-0.1, 12)
})

test('code: −1 − R_rep if malformed', () => {
  expect(additive({ ...terms, format: 0 }, -1)).toBe(-1.25)
})

test('the config names the variant', () => {
  expect(totalReward({ kind: 'gated' }, { ...terms, format: 0 })).toBe(0)
  expect(totalReward({ kind: 'additive', malformed: -1 }, { ...terms, format: 0 })).toBe(-1.25)
})
