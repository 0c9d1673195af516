import { iterationId, type RunId, type StepId } from './ids.ts'
import type { Policy } from './policy.ts'

// Where artifacts of a run lie that others look for than who wrote them: keys of the store, docs/operations/store.md. Zod-free.

/** A `RunRecord`. */
export const runRecordKey = (run: RunId): string => `${run}/run.json`

/** A `RunConfig`: number 1, and one more for each time that the run went on with other settings. */
export const configKey = (run: RunId, number: number): string => `${run}/config-${String(number).padStart(3, '0')}.json`

/** An `IterationRecord`; with it the iteration is over. */
export const iterationKey = (run: RunId, iteration: number): string => `${iterationId(run, iteration)}/record.json`

/** A `TrainingRecord`. */
export const trainingKey = (step: StepId): string => `${step}/training.json`

/** `<role>-v<version>-<first 8 digits of the checkpoint>`: the end of a policy's name, behind that of its run. */
const endOf = ({ role, version, checkpoint }: Policy) => `${role}-v${version}-${checkpoint.slice(0, 8)}`

const runOf = (policy: Policy) => policy.name.slice(0, -(endOf(policy).length + 1))

/** A `Publication`: with it the policy is published. */
export const publicationKey = (policy: Policy): string => `${runOf(policy)}/published-${endOf(policy)}.json`

/** An `AcceptedCanary` of the policy whose `Publication` has this key. */
export const acceptedKeyOf = (publication: string): string => publication.replace('/published-', '/accepted-')

/** An `AcceptedCanary`. */
export const acceptedKey = (policy: Policy): string => acceptedKeyOf(publicationKey(policy))

/** A `CanaryCalibration`. */
export const calibrationKey = (run: RunId): string => `${run}/canary-calibration.json`

/** A `Rollout` per sample of a task. */
export const rolloutsKey = (task: string): string => `${task}/rollouts.jsonl`

/** An `AlertEntry`: number 1, and one more for each alert that was raised or cleared. */
export const alertKey = (run: RunId, number: number): string => `${run}/alert-${String(number).padStart(6, '0')}.json`
