import { stallReason } from '../../../core/alerts/stall.ts'
import { halt, runStatus, stageStatus } from '../../support/run-views.ts'

const failing = { activity: 'rolloutTask', count: 16, attempts: 7, reason: 'ECONNREFUSED' }

test.each<[string, Parameters<typeof stallReason>, string]>([
  [
    'a person who must decide',
    [runStatus({ halted: halt('curation', 'too few tasks') }), null, [failing]],
    'curation is halted: too few tasks',
  ],
  ['a used up budget', [runStatus(), stageStatus({ waitsFor: 'the budget is used up' }), []], 'a person is waited for'],
  ['what fails', [runStatus(), stageStatus(), [failing]], 'rolloutTask × 16 (7 failed attempts): ECONNREFUSED'],
  [
    'a worker that is not there',
    [null, null, [{ ...failing, count: 1, attempts: 0, reason: 'no worker has taken it' }]],
    'rolloutTask: no worker has taken it',
  ],
  ['the worker of the workflows', [null, null, []], 'no worker answers'],
  ['nothing that is known', [runStatus(), stageStatus(), []], 'no activity fails, so what runs hangs or takes long'],
])('a run stands still for %s', (_why, known, reason) => {
  const stall = stallReason(...known)
  expect(stall.reason).toBe(reason)
  expect(stall.advice).not.toBe('')
})
