import { stallReason } from '../../../core/alerts/stall.ts'
import { halt, runStatus, stageStatus } from '../../support/run-views.ts'

const failing = { activity: 'rolloutTask', count: 16, attempts: 7, reason: 'ECONNREFUSED', type: null }

test.each<[string, Parameters<typeof stallReason>, string]>([
  [
    'a person who must decide',
    [runStatus({ halted: halt('curation', 'too few tasks') }), null, [failing]],
    'curation is halted: too few tasks',
  ],
  ['a used up budget', [runStatus(), stageStatus({ waitsFor: 'the budget is used up' }), []], 'it waits for a person'],
  ['what fails', [runStatus(), stageStatus(), [failing]], 'rolloutTask × 16 (7 failed attempts): ECONNREFUSED'],
  [
    'a worker that is not there',
    [null, null, [{ ...failing, count: 1, attempts: 0, reason: 'no worker has taken it' }]],
    'rolloutTask: no worker has taken it',
  ],
  ['the worker of the workflows', [null, null, []], 'no worker answers'],
  ['nothing that is known', [runStatus(), stageStatus(), []], 'no activity fails: what runs hangs, or is slow'],
])('a run stalls because of %s', (_why, known, reason) => {
  const stall = stallReason(...known)
  expect(stall.reason).toBe(reason)
  expect(stall.advice).not.toBe('')
})

test('what to do depends on the type of what fails, and on what halted', () => {
  const adviceOf = (changes: object) => stallReason(runStatus(), stageStatus(), [{ ...failing, ...changes }]).advice
  expect(adviceOf({ type: 'Sandbox.EngineUnreachable' })).toBe(
    'start Docker (systemctl start docker); the run continues by itself',
  )
  expect(adviceOf({ type: null })).toMatch(/"agent0 logs"/)
  const halted = { ...halt('curation', 'too few tasks'), advice: 'widen curation.band' }
  expect(stallReason(runStatus({ halted }), null, [failing]).advice).toBe('widen curation.band')
})
