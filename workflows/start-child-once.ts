import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  sleep,
  startChild,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow'
import type { workflowTypes } from '../contracts/messages.ts'

/** What the Temporal UI shows of a child; every child needs both. */
type Texts = Required<Pick<ChildWorkflowOptions, 'staticSummary' | 'staticDetails'>>

/**
 * Starts a child under its id, with its parent's search attributes and workflow task timeout. After a run was terminated and started
 * again, children of the terminated one may still hold their ids for a moment: then it waits for their end.
 */
export async function startChildOnce<T extends Workflow>(
  type: (typeof workflowTypes)[keyof typeof workflowTypes],
  options: ChildWorkflowOptions & Texts & { workflowId: string; args: Parameters<T> },
): Promise<ChildWorkflowHandle<T>> {
  const { typedSearchAttributes, taskTimeoutMs: workflowTaskTimeout } = workflowInfo()
  for (;;) {
    try {
      return await startChild<T>(type, { typedSearchAttributes, workflowTaskTimeout, ...options } as never)
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      await sleep('1 second', { summary: `wait until the former ${options.workflowId} has ended` })
    }
  }
}
