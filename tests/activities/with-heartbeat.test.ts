import { ActivityCancellationDetails, ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { withHeartbeat } from '../../activities/with-heartbeat.ts'
import { asActivity } from '../support/activity-rig.ts'

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

test('every heartbeat carries what the activity is about and its latest progress', async () => {
  jest.useFakeTimers()
  const about = { task: 'tiny/iter-001' }
  try {
    const { result, told } = asActivity(
      () =>
        withHeartbeat(async (tell) => {
          tell({ events: 1 })
          jest.advanceTimersByTime(2_000)
          tell({ events: 2 })
          jest.advanceTimersByTime(1_000)
        }, about),
      undefined,
    )
    await result
    jest.advanceTimersByTime(5_000)
    const [first, second] = [
      { ...about, events: 1 },
      { ...about, events: 2 },
    ]
    expect(told).toEqual([about, first, first, first, second, second])
  } finally {
    jest.useRealTimers()
  }
})

test('a cancellation reaches the work, and stays a cancellation', async () => {
  const { result, environment } = asActivity(() => withHeartbeat((_tell, signal) => untilAborted(signal)), undefined)
  environment.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true }))
  await expect(result).rejects.toBeInstanceOf(CancelledFailure)
})

test('a worker that stops is an outage, since nobody has cancelled', async () => {
  const { result, environment } = asActivity(() => withHeartbeat((_tell, signal) => untilAborted(signal)), undefined)
  environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }))
  const error = await result.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ApplicationFailure)
  expect(error).toMatchObject({ type: 'Infra.WorkerStopped', nonRetryable: false })
})

test('what the work gives and throws is passed on', async () => {
  await expect(asActivity(() => withHeartbeat(async () => 7), undefined).result).resolves.toBe(7)
  const bug = () => Promise.reject(new Error('a bug'))
  await expect(asActivity(() => withHeartbeat(bug), undefined).result).rejects.toThrow('a bug')
})
