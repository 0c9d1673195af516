import type { Client, WorkflowHandle } from '@temporalio/client'
import type { PastActivity, PastWorkflow } from '../../contracts/past-workflow.ts'

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number]
type Started = NonNullable<Event['activityTaskStartedEventAttributes']>

/** By number of Temporal's `TimeoutType`. */
const TIMEOUTS = ['time-out', 'took too long', 'waited too long', 'took too long in all', 'no heartbeat']

const timeOf = ({ eventTime }: Event) => Number(eventTime!.seconds) * 1_000 + eventTime!.nanos! / 1e6

/** Why an attempt failed, in a word: its type, if it is one of ours. */
function failureOf({ lastFailure }: Started): string | null {
  if (lastFailure == null) return null
  const { timeoutFailureInfo, applicationFailureInfo } = lastFailure
  if (timeoutFailureInfo != null) return TIMEOUTS[timeoutFailureInfo.timeoutType ?? 0] ?? TIMEOUTS[0]!
  return applicationFailureInfo?.type || 'unknown'
}

function activitiesOf(events: readonly Event[]): PastActivity[] {
  const byId = new Map(events.map((event) => [String(event.eventId), event]))
  return events.flatMap((event): PastActivity[] => {
    const completed = event.activityTaskCompletedEventAttributes
    if (completed == null) return []
    const scheduled = byId.get(String(completed.scheduledEventId))!
    const started = byId.get(String(completed.startedEventId))!
    const attributes = started.activityTaskStartedEventAttributes!
    return [
      {
        type: scheduled.activityTaskScheduledEventAttributes!.activityType!.name!,
        scheduled: timeOf(scheduled),
        started: timeOf(started),
        ended: timeOf(event),
        attempts: attributes.attempt!,
        lastFailure: failureOf(attributes),
      },
    ]
  })
}

/** Reads a finished workflow and its children from the server. `runId`: its first run; without it, the latest chain of runs. */
export async function pastWorkflow(client: Client, workflowId: string, runId?: string): Promise<PastWorkflow> {
  const eventsOf = async (run?: string): Promise<Event[]> =>
    (await client.workflow.getHandle(workflowId, run).fetchHistory()).events!
  let events = await eventsOf(runId)
  const first = events[0]!.workflowExecutionStartedEventAttributes!
  if (first.firstExecutionRunId !== first.originalExecutionRunId) events = await eventsOf(first.firstExecutionRunId!)
  const past: PastWorkflow = {
    began: timeOf(events[0]!),
    ended: 0,
    events: 0,
    activities: [],
    lostDecisions: 0,
    children: [],
  }
  for (;;) {
    past.ended = timeOf(events.at(-1)!)
    past.events += events.length
    past.activities.push(...activitiesOf(events))
    past.lostDecisions += events.filter((event) => event.workflowTaskTimedOutEventAttributes != null).length
    for (const { childWorkflowExecutionStartedEventAttributes: child } of events) {
      if (child?.workflowExecution == null) continue
      const { workflowId: id, runId: run } = child.workflowExecution
      past.children.push(await pastWorkflow(client, id!, run!))
    }
    const next = events.at(-1)!.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId
    if (next == null) return past
    events = await eventsOf(next)
  }
}
