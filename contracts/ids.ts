/**
 * Ids are paths, `run/iteration/stage/step/task/sample/turn`, and every prefix of one is an id too:
 * `tiny/iter-002/executor/step-0007/task-000042/sample-0003/turn-01`. They are the keys of all effects: what is written,
 * journaled or seeded is named by one. Numbers are padded with zeros, so that the order of the texts is the order of the
 * numbers. Zod-free, because workflows use it as a value.
 */

declare const levelOfId: unique symbol

/** How deep an id reaches. */
export type Level = 'run' | 'iteration' | 'stage' | 'step' | 'task' | 'sample' | 'turn'
/** The text of an id that reaches down to `L`; ids of different levels are different types. */
export type IdOf<L extends Level> = string & { readonly [levelOfId]: L }

/** A run: its name. */
export type RunId = IdOf<'run'>
/** One pass of the loop in which both agents are trained, counted from 1. */
export type IterationId = IdOf<'iteration'>
/** A stage of the recipe in an iteration, such as `curriculum`. */
export type StageId = IdOf<'stage'>
/** An optimiser step, counted from 1; 0 in a stage that trains nothing. */
export type StepId = IdOf<'step'>
/** A task, or the proposal that it comes from: index in its step, from 0. */
export type TaskId = IdOf<'task'>
/** One of the k rollouts of a task: index from 0. */
export type SampleId = IdOf<'sample'>
/** One generation of a rollout, with the execution that may follow it: index from 0. */
export type TurnId = IdOf<'turn'>

type Segment = { level: Level; name: RegExp } | { level: Level; prefix: string; digits: number }

const SEGMENTS: readonly Segment[] = [
  { level: 'run', name: /^[a-z0-9][a-z0-9-]{0,39}$/ },
  { level: 'iteration', prefix: 'iter-', digits: 3 },
  { level: 'stage', name: /^[a-z][a-z0-9-]{0,39}$/ },
  { level: 'step', prefix: 'step-', digits: 4 },
  { level: 'task', prefix: 'task-', digits: 6 },
  { level: 'sample', prefix: 'sample-', digits: 4 },
  { level: 'turn', prefix: 'turn-', digits: 2 },
]

/** What an id names: one part per level down to its own. */
export interface IdParts {
  run: string
  iteration?: number
  stage?: string
  step?: number
  task?: number
  sample?: number
  turn?: number
}

export type ParsedId = { ok: true; level: Level; parts: IdParts } | { ok: false; problem: string }

function partOf(segment: Segment, text: string): string | number | undefined {
  if ('name' in segment) return segment.name.test(text) ? text : undefined
  const digits = text.slice(segment.prefix.length)
  const isNumber = text.startsWith(segment.prefix) && digits.length === segment.digits && /^\d+$/.test(digits)
  return isNumber ? Number(digits) : undefined
}

/** Reads an id of any level, or says what is wrong with it. */
export function parseId(text: string): ParsedId {
  const texts = text.split('/')
  if (texts.length > SEGMENTS.length) return { ok: false, problem: `${texts.length} parts, ${SEGMENTS.length} at most` }
  const parts: Record<string, string | number> = {}
  for (const [index, partText] of texts.entries()) {
    const segment = SEGMENTS[index]!
    const part = partOf(segment, partText)
    if (part === undefined) return { ok: false, problem: `"${partText}" is not a valid ${segment.level}` }
    parts[segment.level] = part
  }
  return { ok: true, level: SEGMENTS[texts.length - 1]!.level, parts: parts as unknown as IdParts }
}

function idOf<L extends Level>(level: L, parent: string | null, part: string | number): IdOf<L> {
  const segment = SEGMENTS.find((candidate) => candidate.level === level)!
  const text = 'name' in segment ? String(part) : segment.prefix + String(part).padStart(segment.digits, '0')
  if (partOf(segment, text) !== part) throw new Error(`${part} is not a valid ${level} under ${parent ?? 'the root'}`)
  return (parent === null ? text : `${parent}/${text}`) as IdOf<L>
}

export const runId = (name: string): RunId => idOf('run', null, name)
export const iterationId = (run: RunId, iteration: number): IterationId => idOf('iteration', run, iteration)
export const stageId = (iteration: IterationId, stage: string): StageId => idOf('stage', iteration, stage)
export const stepId = (stage: StageId, step: number): StepId => idOf('step', stage, step)
export const taskId = (step: StepId, task: number): TaskId => idOf('task', step, task)
export const sampleId = (task: TaskId, sample: number): SampleId => idOf('sample', task, sample)
export const turnId = (sample: SampleId, turn: number): TurnId => idOf('turn', sample, turn)
