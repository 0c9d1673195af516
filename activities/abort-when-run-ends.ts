import { CancelledFailure, Context } from '@temporalio/activity'

const ANSWER_MS = 10_000

/** Whether the workflow of an activity is over, and none has been begun under its id since. No answer: it may be alive. */
async function isOver({ info, client }: Context): Promise<boolean> {
  const handle = client.workflow.getHandle(info.workflowExecution!.workflowId)
  try {
    // A signal of its own: the client of an activity is called off with it.
    const { status } = await client.withAbortSignal(AbortSignal.timeout(ANSWER_MS), () => handle.describe())
    return status.name !== 'RUNNING'
  } catch {
    return false
  }
}

/**
 * The signal of an activity, for work that goes on elsewhere when nobody waits for it. Who terminates a run cancels nothing:
 * its activities learn from their beats only that the server knows them no more, as those do whose work another attempt has
 * taken over. Where nobody is left to want the work, that is a cancellation.
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
