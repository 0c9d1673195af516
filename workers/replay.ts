import type { History } from '@temporalio/common/lib/proto-utils.js'
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker'
import { buildWorkflowBundle } from './build-workflow-bundle.ts'

/** What a workflow has been through. */
export interface RecordedHistory {
  workflowId: string
  history: History
}

/** Where a history and the workflow's code part. */
export interface Misfit {
  /** The first event that does not fit, such as `event 14 (ActivityTaskScheduled)`. */
  event: string
  reason: string
}

type Event = NonNullable<History['events']>[number]
type Bundle = Awaited<ReturnType<typeof buildWorkflowBundle>>

/** Without a started workflow task there is nothing that code could contradict. */
const EVENTS_MIN = 3

/** What core says, without the form that it gives it in Rust. */
const reasonOf = ({ message }: Error) => /message: "(.*?)", source:/.exec(message)?.[1] ?? message

async function errorOf(workflowBundle: Bundle, { workflowId, history }: RecordedHistory): Promise<string | null> {
  if ((history.events?.length ?? 0) < EVENTS_MIN) return null
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, [{ workflowId, history }]))
    return error === undefined ? null : reasonOf(error)
  return null
}

/** `ActivityTaskScheduled` of `activityTaskScheduledEventAttributes`. */
function typeOf(event: Event): string {
  const key = Object.keys(event).find((name) => name.endsWith('EventAttributes')) ?? ''
  return key.charAt(0).toUpperCase() + key.slice(1, -'EventAttributes'.length)
}

const isCommand = (event: Event) => /Scheduled$|Initiated$|TimerStarted$|MarkerRecorded$/.test(typeOf(event))

/** The event that core's sentence is about, among those that one workflow task has left. */
function eventIn(events: readonly Event[], reason: string): Event | undefined {
  const id = /HistoryEvent\(id: (\d+)/.exec(reason)?.[1]
  const named = /event '([^']*)'/.exec(reason)?.[1]
  return (
    events.find((event) => String(event.eventId) === id) ??
    events.find((event) => named !== undefined && isCommand(event) && JSON.stringify(event).includes(`"${named}"`)) ??
    events.find(isCommand) ??
    events[0]
  )
}

/** Searches for the first workflow task up to which the history does not replay: what does not fit came out of it. */
async function misfitOf(bundle: Bundle, recorded: RecordedHistory, reason: string): Promise<Misfit> {
  const events = recorded.history.events ?? []
  const started = events.flatMap((event, index) => (event.workflowTaskStartedEventAttributes ? [index + 1] : []))
  const ends = [...new Set([...started, events.length])]
  let [good, bad] = [-1, ends.length - 1]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    const history = { events: events.slice(0, ends[middle]) }
    if ((await errorOf(bundle, { ...recorded, history })) === null) good = middle
    else bad = middle
  }
  const event = eventIn(events.slice(ends[good] ?? 0, ends[bad]), reason)
  return { event: event === undefined ? 'it' : `event ${String(event.eventId)} (${typeOf(event)})`, reason }
}

/** Nothing but the outcome is told. Before any other use of the SDK. */
export function silence(): void {
  const logging = { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR' }) }
  Runtime.install({ logger: new DefaultLogger('ERROR', () => {}), telemetryOptions: { logging } })
}

/** Replays histories one by one with the workflows of this version: null where one fits. */
export async function* replayHistories(
  histories: Iterable<RecordedHistory> | AsyncIterable<RecordedHistory>,
): AsyncGenerator<RecordedHistory & { misfit: Misfit | null }> {
  const bundle = await buildWorkflowBundle()
  for await (const recorded of histories) {
    const reason = await errorOf(bundle, recorded)
    yield { ...recorded, misfit: reason === null ? null : await misfitOf(bundle, recorded, reason) }
  }
}
