import type { SampleId } from '../../contracts/ids.ts'
import { parseId, turnId } from '../../contracts/ids.ts'
import type { RolloutEvent } from '../../contracts/rollout.ts'

/** The place of an event in its task's journal, such as `sample-0003/turn-01/generated`: it is written there once. */
export function slotOf(sample: SampleId, event: Pick<RolloutEvent, 'turn' | 'kind'>): string {
  return `${turnId(sample, event.turn).split('/').slice(-2).join('/')}/${event.kind}`
}

/** A sample's events in their order, up to the first that is missing. A turn without a program has no `executed`. */
export function eventsOf(sample: SampleId, journal: ReadonlyMap<string, unknown>): RolloutEvent[] {
  const parsed = parseId(sample)
  if (!parsed.ok || parsed.level !== 'sample') throw new Error(`${sample} is not the id of a sample`)
  const events: RolloutEvent[] = []
  for (let turn = 0; ; turn++) {
    const generated = journal.get(slotOf(sample, { turn, kind: 'generated' }))
    if (generated === undefined) return events
    const executed = journal.get(slotOf(sample, { turn, kind: 'executed' }))
    events.push(generated as RolloutEvent)
    if (executed !== undefined) events.push(executed as RolloutEvent)
  }
}
