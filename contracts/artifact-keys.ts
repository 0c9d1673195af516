import { iterationId, type RunId, type StageId, type StepId } from './ids.ts'

// Where the artifacts of a run lie that others read than who wrote them: keys of the store, `docs/store.md`. Zod-free.

const padded = (number: number, digits: number) => String(number).padStart(digits, '0')

/** A `RunRecord`. */
export const runRecordKey = (run: RunId) => `${run}/run.json`

/** A `RunConfig`: the first, and one more for each time that the run went on with other settings. */
export const configKey = (run: RunId, number: number) => `${run}/config-${padded(number, 3)}.json`

/** An `IterationRecord`; with it the iteration is over. */
export const iterationKey = (run: RunId, iteration: number) => `${iterationId(run, iteration)}/record.json`

/** A `TrainingRecord`. */
export const trainingKey = (step: StepId) => `${step}/training.json`

/** `TaskOutcome`s of the tasks of a shard; shards count from 0. */
export const outcomesKey = (step: StepId, shard: number) => `${step}/shard-${padded(shard, 3)}-outcomes.jsonl`

/** A `Rollout` per sample. */
export const rolloutsKey = (task: string) => `${task}/rollouts.jsonl`

/** A `PoolDecision` per proposal. A pool that grew is another pool: its size is part of the name. */
export const decisionsKey = (stage: StageId, proposals: number) => `${poolKey(stage, proposals)}-decisions.jsonl`

/** A `CuratedTask` per kept proposal. */
export const curatedKey = (stage: StageId, proposals: number) => `${poolKey(stage, proposals)}-tasks.jsonl`

/** A `TaskToAnswer` per held-out task of an evaluation, with its truth. */
export const heldOutKey = (stage: StageId) => `${stage}/held-out.jsonl`

const poolKey = (stage: StageId, proposals: number) => `${stage}/pool-${padded(proposals, 6)}`
