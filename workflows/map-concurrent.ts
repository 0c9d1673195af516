import { CancellationScope, condition } from '@temporalio/workflow'

/**
 * Runs `run` on every item, at most `limit()` at a time, starting them in order; a slow one holds up no other. While `accepting()` is
 * false none starts. After a failure none starts either, and the failure is thrown once all running ones have ended.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: () => number,
  run: (item: T) => Promise<R>,
  onDone: (result: R) => void,
  accepting: () => boolean = () => true,
): Promise<void> {
  let next = 0
  let inFlight = 0
  let failed: { reason: unknown } | undefined
  const canStart = () => failed === undefined && next < items.length && inFlight < limit() && accepting()
  const start = async (item: T) => {
    inFlight++
    try {
      onDone(await run(item))
    } catch (reason) {
      failed ??= { reason }
    } finally {
      inFlight--
    }
  }
  try {
    for (;;) {
      while (canStart()) void start(items[next++]!)
      if (inFlight === 0 && (next === items.length || failed !== undefined)) break
      const busy = inFlight
      await condition(() => inFlight !== busy || canStart())
    }
  } catch (cancelled) {
    failed ??= { reason: cancelled }
    await CancellationScope.nonCancellable(() => condition(() => inFlight === 0))
  }
  if (failed !== undefined) throw failed.reason
}
