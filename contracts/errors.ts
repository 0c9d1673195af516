/**
 * How things fail. The code that first sees a failure decides its kind. Zod-free.
 *
 * - `outcome`: a wrong answer, an unparsable text, a program that crashed: a value, and data for learning.
 * - `cancelled`: the user's stop, a stale policy: a value with a reason and a count.
 * - `outage`: a server, sandbox, store or trainer does not answer: thrown, retried with back-off, never a reward.
 * - `refusal`: a retry cannot help, a person or the workflow must decide: thrown, never retried by policy.
 * - `bug`: a broken invariant: a plain `Error`; its workflow or activity task fails until fixed code is deployed.
 */
export type FailureKind = 'outcome' | 'cancelled' | 'outage' | 'refusal' | 'bug'

const MODEL_SERVER = 'check the model server with "agent0 ps" and "agent0 logs"'
const SANDBOX = 'check the worker "rollout" with "agent0 logs", and the sandbox with "agent0 doctor"'
const TRAINER = 'check the trainer with "agent0 ps" and "agent0 logs trainer"'

/**
 * Every `type` of an `ApplicationFailure` that we throw; outcomes, cancellations and bugs have none. `advice` is what a person can do,
 * without its full stop. After an outage the run continues by itself once that is done; a refusal halts the stage.
 */
export const failureTypes = {
  /** The model server asks for fewer requests (429, overload). */
  'Llm.RateLimited': { kind: 'outage', advice: 'lower the load with "agent0 set concurrency", or add model servers' },
  /** The model server is down, restarting or resets the connection (408, 409, 5xx). */
  'Llm.Unavailable': { kind: 'outage', advice: MODEL_SERVER },
  /** The model server will never accept this request (400, 413, 422, or 404 after the policy was loaded). */
  'Llm.BadRequest': { kind: 'refusal', advice: "check the limits in the config against the model server's options" },
  /** The model server's answer cannot be used, nor will the next: no token ids, other lengths, a logprob of −9999. */
  'Llm.BadAnswer': { kind: 'refusal', advice: 'check the version and the options of the model server' },
  /** Credentials are missing or wrong (401, 403). */
  'Llm.Auth': { kind: 'refusal', advice: "set the model server's API key for the workers and restart them" },
  /** A sandbox slot did not start, or did not pass its self-test. */
  'Sandbox.SlotBootFailed': { kind: 'outage', advice: SANDBOX },
  /** A sandbox slot ended under a program without being out of memory. */
  'Sandbox.SlotLost': { kind: 'outage', advice: SANDBOX },
  /** The container engine does not answer. */
  'Sandbox.EngineUnreachable': { kind: 'outage', advice: 'start Docker (systemctl start docker)' },
  /** More programs wait than the pool takes. */
  'Sandbox.QueueFull': { kind: 'outage', advice: 'lower the load with "agent0 set concurrency", or add sandbox slots' },
  /** A program waited for a slot until its deadline. */
  'Sandbox.QueueTimeout': {
    kind: 'outage',
    advice: 'lower the load with "agent0 set concurrency", or add sandbox slots',
  },
  /** A slot sent something that violates the protocol. */
  'Sandbox.ProtocolError': { kind: 'outage', advice: SANDBOX },
  /** The sandbox will never run this: source too large, unknown option. */
  'Sandbox.BadRequest': { kind: 'refusal', advice: "check the sandbox's limits" },
  /** No space left on a disk of ours. */
  'Infra.DiskFull': { kind: 'outage', advice: 'free disk space ("agent0 gc" lists what can be deleted)' },
  /** The artifact store does not answer. */
  'Infra.StoreUnavailable': { kind: 'outage', advice: "check that the store's folder is mounted and writable" },
  /** The worker of an activity was stopped, or has died. */
  'Infra.WorkerStopped': {
    kind: 'outage',
    advice: 'start the workers with "agent0 up"; "agent0 ps" shows what is down',
  },
  /** The trainer ended without a result; it continues from its last checkpoint. */
  'Trainer.Crashed': { kind: 'outage', advice: TRAINER },
  /** The trainer does not answer. */
  'Trainer.Unavailable': { kind: 'outage', advice: TRAINER },
  /** The trainer will never accept this batch or config, or rejects our credentials. */
  'Trainer.BadRequest': {
    kind: 'refusal',
    advice: 'fix the training settings in the config, or the token of the trainer',
  },
  /** The batch does not fit into memory. */
  'Trainer.OutOfMemory': {
    kind: 'refusal',
    advice: 'lower training.compute.microBatchTokens of the stage in the config',
  },
  /** Too many updates in a row had no finite gradient, or a step's new weights are of no use. */
  'Trainer.Diverged': { kind: 'refusal', advice: 'lower the learning rate in the config, and look at "agent0 report"' },
  /** The trainer's lineage is at another step, or the same step was requested with other digests. */
  'Trainer.Conflict': { kind: 'refusal', advice: "check that no other run writes the trainer's lineage" },
  /** The config cannot be run, or the argument of an update is invalid. */
  'Agent0.BadConfig': { kind: 'refusal', advice: 'fix what the message names' },
  /** A data set, checkpoint or recipe that should exist does not. */
  'Agent0.Missing': { kind: 'refusal', advice: 'restore what the message names' },
  /** Too few tasks survived the filter, and the budget cannot bring enough. */
  'Agent0.YieldTooLow': {
    kind: 'refusal',
    advice:
      'with "agent0 retry --config" give another curation.band (the same proposals are filtered again), a lower curation.tasksMin or a higher curation.proposalsMax',
  },
  /** A model server answers as other weights than those of the policy that it is to serve. */
  'Agent0.OtherWeights': {
    kind: 'refusal',
    advice: 'restart the model server, which then loads the policy again, and check the base model that it serves',
  },
  /** A model server's logprobs of a new policy are further from the trainer's than the canary's bound allows. */
  'Agent0.CanaryOverBound': {
    kind: 'refusal',
    advice:
      "compare the model server's dtype, quantization and version with the trainer's, or raise the bound in the config's section publication",
  },
  /** Stored data contradicts itself: a digest or a schema does not match. */
  'Agent0.Invariant': {
    kind: 'refusal',
    advice: 'resume with the original config, or start a run with another --run-id',
  },
} as const satisfies Record<string, { kind: FailureKind; advice: string }>

export type FailureType = keyof typeof failureTypes

/** The type that a failure names, if it is one of ours. */
export const failureTypeIn = (type: string | null | undefined): FailureType | null =>
  type != null && Object.hasOwn(failureTypes, type) ? (type as FailureType) : null

/** What a person can do about a failure; null for one that has no type of ours. */
export function adviceFor(type: string | null | undefined): string | null {
  const known = failureTypeIn(type)
  return known === null ? null : failureTypes[known].advice
}

/** Failures of a publication: a checkpoint is trained, and no server has it yet. */
const publicationTypes: readonly string[] = ['Agent0.OtherWeights', 'Agent0.CanaryOverBound'] satisfies FailureType[]

/** Whether a person may order that a policy is published although it was refused with this failure. */
export const isAcceptable = (type: string | null | undefined): boolean => type === 'Agent0.CanaryOverBound'

/** What a person can do about a halted stage, and with which commands; a sentence without its full stop. */
export function adviceAtHalt(type: string | null | undefined, stage: string): string {
  const ways = publicationTypes.includes(type ?? '')
    ? [
        `"agent0 retry ${stage}" publishes the same checkpoint again`,
        `"agent0 skip ${stage}" continues with the last published policy`,
        ...(isAcceptable(type) ? [`"agent0 retry ${stage} --accept-canary REASON" publishes it as it is`] : []),
      ].join(', ')
    : `"agent0 retry ${stage}", or "agent0 skip ${stage}" to leave it out`
  return `${adviceFor(type) ?? 'fix what it names'}; then ${ways}`
}

/** Advice about a failure that is being retried. */
export function adviceWhileRetrying(type: string | null | undefined): string | null {
  const advice = adviceFor(type)
  return advice === null ? null : `${advice}; the run continues by itself`
}

/** For `retry.nonRetryableErrorTypes`: the refusals. */
export const nonRetryableTypes = (Object.keys(failureTypes) as FailureType[]).filter(
  (type) => failureTypes[type].kind === 'refusal',
)
