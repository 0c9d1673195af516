import type { IterationRecord, StageWork } from '../../contracts/run-record.ts'
import { addTallies } from '../metrics/add-tallies.ts'
import { keysOf, numbers, type Records } from './rows.ts'
import type { Section, Unit } from './section.ts'

type Retries = StageWork['retries']
type Share = { part: number; whole: number }

/** What each stage cost, and all of them together. */
function cost(
  records: Records,
  order: readonly string[],
  title: string,
  unit: Unit,
  of: (record: IterationRecord) => Record<string, number>,
): Section {
  const total = (record: IterationRecord) => {
    const values = Object.values(of(record))
    return values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0)
  }
  const known = new Set(keysOf(records, of))
  const stages = order
    .filter((stage) => known.has(stage))
    .map((stage) => numbers(records, stage, unit, (record) => of(record)[stage]))
  return { title, note: '', rows: [...stages, numbers(records, 'all stages', unit, total)] }
}

/** A share by stage, and of all of them together, in which the longer ones weigh more. */
function shares(
  records: Records,
  order: readonly string[],
  { title, note }: Pick<Section, 'title' | 'note'>,
  of: (record: IterationRecord, stage: string) => Share | undefined,
): Section {
  const row = (name: string, stages: readonly string[]) =>
    numbers(records, name, 'share', (record) => {
      const parts = stages.flatMap((stage) => of(record, stage) ?? [])
      const { part, whole } = parts.reduce<Share>(addTallies, { part: 0, whole: 0 })
      return whole === 0 ? null : part / whole
    })
  const stages = order.filter((stage) => records.some((record) => of(record, stage) !== undefined))
  return { title, note, rows: [...stages.map((stage) => row(stage, [stage])), row('all stages', stages)] }
}

const busyServers = {
  title: 'Model servers busy while shards were under way',
  note: 'Share of the time in which at least one request was under way.',
}

const overheads = {
  title: 'Orchestration overhead',
  note: 'Share of the time of all slots in which no activity was at work: gaps, tails, lost attempts, pauses.',
}

const retriesOf = ({ work }: IterationRecord) =>
  Object.values(work)
    .map(({ retries }) => retries)
    .reduce<Retries>(addTallies, {})

const sumOf = (retries: Retries) =>
  Object.values(retries)
    .flatMap((reasons) => Object.values(reasons))
    .reduce((sum, each) => sum + each, 0)

const faults = (records: Records): Section => {
  const row = (name: string, count: (retries: Retries) => number) =>
    numbers(records, name, 'count', (record) =>
      Object.keys(record.work).length === 0 ? null : count(retriesOf(record)),
    )
  const rows = Object.entries(records.map(retriesOf).reduce<Retries>(addTallies, {})).flatMap(([activity, reasons]) =>
    Object.keys(reasons).map((reason) => row(`${activity}: ${reason}`, (retries) => retries[activity]?.[reason] ?? 0)),
  )
  return {
    title: 'Faults survived',
    note: 'Attempts beyond the first, by activity and what the last one before had failed of.',
    rows: [...rows, row('all', sumOf)],
  }
}

const useOf = ({ serverUse }: IterationRecord, stage: string): Share | undefined => {
  const use = serverUse[stage]
  return use && { part: use.busySeconds, whole: use.wallSeconds }
}

const idleOf = ({ work }: IterationRecord, stage: string): Share | undefined => {
  const slots = work[stage]
  return slots && { part: slots.slotSeconds - slots.usefulSeconds, whole: slots.slotSeconds }
}

/** What a run cost and how much of that was work, by stage. `order`: of the recipe's stages. */
export function costSections(records: Records, order: readonly string[]): Section[] {
  return [
    cost(records, order, 'Wall time', 'seconds', ({ seconds }) => seconds),
    cost(records, order, 'Sampled tokens', 'count', ({ sampledTokens }) => sampledTokens),
    shares(records, order, busyServers, useOf),
    shares(records, order, overheads, idleOf),
    faults(records),
  ]
}
