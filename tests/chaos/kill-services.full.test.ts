import { describeOn } from '../support/sandbox-backends.ts'
import { differences } from './fingerprint.ts'
import { type Outcome, wholeRun } from './outcome.ts'
import { lostTo } from './random-kills.ts'
import { repeatsOf, samplingProblems } from './sampling.ts'
import { scenario } from './scenarios.ts'

// The short version, for every `npm test`. `npm run chaos` has them all.

const TEN_MINUTES = 600_000

describeOn('docker', 'a run under chaos', () => {
  let undisturbed: Outcome
  beforeAll(async () => {
    undisturbed = await wholeRun()
  }, TEN_MINUTES)

  test('a run that nobody disturbs leaves nothing on the machine', () => {
    expect(undisturbed.left).toEqual([])
    expect(undisturbed.turns.length).toBeGreaterThan(500)
    expect(samplingProblems(undisturbed.turns, undisturbed.asked, 0)).toEqual([])
    expect(Object.keys(undisturbed.fingerprint.checkpoints)).toHaveLength(4)
  })

  test(
    'a run whose model server, trainer and workflow worker were killed comes to the same and leaves nothing',
    async () => {
      const disturbed = await wholeRun(async (run) => {
        await scenario('model server in mid-batch').disturb(run)
        await scenario('trainer in the first update of a step').disturb(run)
        await scenario('workflow worker in fan-out').disturb(run)
      })
      expect(differences(undisturbed.fingerprint, disturbed.fingerprint)).toEqual([])
      expect(samplingProblems(disturbed.turns, disturbed.asked, 1)).toEqual([])
      expect(disturbed.left).toEqual([])
    },
    TEN_MINUTES,
  )
})

const before = { checkpoints: { 'chaos-executor/000001': 'a' }, artifacts: { 'chaos/run.json': 'b' } }

test.each([
  ['another checkpoint', { ...before, checkpoints: { 'chaos-executor/000001': 'c' } }],
  ['a lost artifact', { ...before, artifacts: {} }],
  ['an artifact too many', { ...before, artifacts: { ...before.artifacts, 'chaos/x.json': 'd' } }],
])('planted, caught: %s', (_name, after) => {
  expect(differences(before, before)).toEqual([])
  expect(differences(before, after)).toHaveLength(1)
})

const turns = [
  { sample: 'chaos/a', seed: 1, tokens: 5 },
  { sample: 'chaos/a', seed: 2, tokens: 5 },
  { sample: 'chaos/b', seed: 3, tokens: 5 },
]

test.each<[string, [seed: number, times: number[]][], string[]]>([
  [
    'nothing',
    [
      [1, [10]],
      [2, [20, 25]],
      [3, [10, 25]],
    ],
    [],
  ],
  [
    'two turns of one sample, asked for again',
    [
      [1, [10, 20]],
      [2, [30, 40]],
      [3, [10]],
    ],
    [expect.stringContaining('2 turns of chaos/a')],
  ],
  [
    'a turn that was recorded without being asked for',
    [
      [1, [10]],
      [2, [20]],
    ],
    [expect.stringContaining('a turn of chaos/b')],
  ],
  [
    'a turn that stands nowhere',
    [
      [1, [10]],
      [2, [20]],
      [3, [10]],
      [4, [10]],
    ],
    [expect.stringContaining('seed 4')],
  ],
])('planted in what was sampled, caught: %s', (_name, asked, problems) => {
  expect(samplingProblems(turns, new Map(asked), 1)).toEqual(problems)
})

test('a turn is lost to the first kill between the request for it and the next', () => {
  const repeats = repeatsOf(
    turns,
    new Map([
      [1, [10, 40]],
      [2, [50]],
      [3, [10, 20]],
    ]),
  )
  const kills = [15, 30].map((atMs) => ({ victim: 'trainer', at: 0, atMs, recoveredIn: null }))
  expect(lostTo(kills, repeats).map((lost) => lost.map(({ seed }) => seed))).toEqual([[1, 3], []])
})
