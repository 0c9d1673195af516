import { CancelledFailure, Context } from '@temporalio/activity'

const ANSWER_MS = 10_000

/** Whether the activity's workflow has ended and none of its id runs now. Without an answer it may be running. */
async function isOver({ info, client }: Context): Promise<boolean> {
  const handle = client.workflow.getHandle(info.workflowExecution!.workflowId)
  try {
    // With its own signal: the activity's client is cancelled together with the activity.
    const { status } = await client.withAbortSignal(AbortSignal.timeout(ANSWER_MS), () => handle.describe())
    return status.name !== 'RUNNING'
  } catch {
    return false
  }
}

/**
 * The cancellation signal of an activity whose work runs elsewhere and would continue without it. Terminating a run does not cancel its
 * activities; they only see "not found" on the next heartbeat, as do attempts that a newer one has replaced. If the run has ended, this
 * signal aborts as cancelled; otherwise with the SDK's own reason.
 */
export function abortWhenRunEnds(signal: AbortSignal): AbortSignal {
  const [ours, context] = [new AbortController(), Context.current()]
  const end = async () => {
    const isUnknown = context.cancellationDetails?.notFound === true
    ours.abort(isUnknown && (await isOver(context)) ? new CancelledFailure('CANCELLED') : signal.reason)
  }
  if (signal.aborted) void end()
  else signal.addEventListener('abort', () => void end(), { once: true })
  return ours.signal
}
