import { describeOn } from '../support/sandbox-backends.ts'
import { differences } from './fingerprint.ts'
import { type Outcome, wholeRun } from './outcome.ts'
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
