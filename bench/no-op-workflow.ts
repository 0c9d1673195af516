import { proxyActivities } from '@temporalio/workflow'
import { taskQueues } from '../contracts/task-queues.ts'
import { mapConcurrent } from '../workflows/map-concurrent.ts'

export interface NoOps {
  count: number
  /** How many at once. */
  width: number
}

/** Activities that do nothing, fanned out as a shard fans out its tasks. */
export async function noOps({ count, width }: NoOps): Promise<void> {
  const { noOp } = proxyActivities<{ noOp: () => Promise<void> }>({
    taskQueue: taskQueues.rollout,
    startToCloseTimeout: '1 minute',
  })
  const indices = Array.from({ length: count }, (_, index) => index)
  await mapConcurrent(
    indices,
    () => width,
    () => noOp(),
    () => {},
  )
}
