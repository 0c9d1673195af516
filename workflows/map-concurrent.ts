import { CancellationScope, condition } from '@temporalio/workflow'

/**
 * Runs `run` on every item, at most `width()` at a time, in order of the items; a slow one holds up no other. `mayFeed` says
 * whether new ones may begin. After a failure no new one begins, and the failure is thrown once all others are over.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  width: () => number,
  run: (item: T) => Promise<R>,
  onDone: (result: R) => void,
  mayFeed: () => boolean = () => true,
): Promise<void> {
  let next = 0
  let inFlight = 0
  let failed: { reason: unknown } | undefined
  const canFeed = () => failed === undefined && next < items.length && inFlight < width() && mayFeed()
  const launch = async (item: T) => {
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
      while (canFeed()) void launch(items[next++]!)
      if (inFlight === 0 && (next === items.length || failed !== undefined)) break
      const busy = inFlight
      await condition(() => inFlight !== busy || canFeed())
    }
  } catch (cancelled) {
    failed ??= { reason: cancelled }
    await CancellationScope.nonCancellable(() => condition(() => inFlight === 0))
  }
  if (failed !== undefined) throw failed.reason
}
