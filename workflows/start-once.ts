import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  sleep,
  startChild,
  type Workflow,
} from '@temporalio/workflow'

/**
 * Starts a child under its id. A run that was terminated and begun again may meet the children of its former self, which the
 * server ends a little later than their parent: it waits for that.
 */
export async function startOnce<T extends Workflow>(
  workflow: T,
  options: ChildWorkflowOptions & { args: Parameters<T> },
): Promise<ChildWorkflowHandle<T>> {
  for (;;) {
    try {
      return await startChild(workflow, options as never)
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      await sleep('1 second')
    }
  }
}
