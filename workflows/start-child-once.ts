import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  sleep,
  startChild,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow'

/** What a person who opens the child in the Temporal UI is told: every child has these. */
type Told = Required<Pick<ChildWorkflowOptions, 'staticSummary' | 'staticDetails'>>

/**
 * Starts a child under its id, findable as its parent is and decided in the same time. A run that was terminated and begun again may meet the children of its former self, which the
 * server ends a little later than their parent: it waits for that.
 */
export async function startChildOnce<T extends Workflow>(
  workflow: T,
  options: ChildWorkflowOptions & Told & { workflowId: string; args: Parameters<T> },
): Promise<ChildWorkflowHandle<T>> {
  const { typedSearchAttributes, taskTimeoutMs: workflowTaskTimeout } = workflowInfo()
  for (;;) {
    try {
      return await startChild(workflow, { typedSearchAttributes, workflowTaskTimeout, ...options } as never)
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      await sleep('1 second', { summary: `wait until the former ${options.workflowId} has ended` })
    }
  }
}
