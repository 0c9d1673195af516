/**
 * How things fail. Whoever first sees a failure decides its kind, once, where it is born. Zod-free.
 *
 * - `outcome`: a wrong answer, an unparsable text, a program that crashed: a value, and data for learning.
 * - `cancelled`: the user's stop, a stale policy: a value with a reason and a count.
 * - `outage`: a server, sandbox, store or trainer does not answer: thrown, retried with back-off, never a reward.
 * - `refusal`: retrying cannot help, a person or the workflow must decide: thrown, never retried by policy.
 * - `bug`: a broken invariant: a plain `Error`; its task waits until mended code is deployed.
 */
export type FailureKind = 'outcome' | 'cancelled' | 'outage' | 'refusal' | 'bug'

/** Every `type` of an `ApplicationFailure` that we throw. Outcomes, cancellations and bugs have none: they are not these. */
export const failureTypes = {
  /** The model server asks for less (429, overload). */
  'Llm.RateLimited': 'outage',
  /** The model server is down, restarting or resets the connection (408, 409, 5xx). */
  'Llm.Unavailable': 'outage',
  /** The model server will never accept this request (400, 413, 422, or 404 after the policy was loaded). */
  'Llm.BadRequest': 'refusal',
  /** The model server's answer cannot be used, nor will the next: no token ids, other lengths, a logprob of −9999. */
  'Llm.BadAnswer': 'refusal',
  /** Credentials are missing or wrong (401, 403): stop the run and ask. */
  'Llm.Auth': 'refusal',
  /** A sandbox slot did not boot, or did not pass its self-test. */
  'Sandbox.SlotBootFailed': 'outage',
  /** A sandbox slot ended under a program without being out of memory. */
  'Sandbox.SlotLost': 'outage',
  /** The container engine does not answer. */
  'Sandbox.EngineUnreachable': 'outage',
  /** More programs wait than the pool takes. */
  'Sandbox.QueueFull': 'outage',
  /** A program waited for a slot until its deadline. */
  'Sandbox.QueueTimeout': 'outage',
  /** A slot sent something that the protocol does not know. */
  'Sandbox.ProtocolError': 'outage',
  /** The sandbox will never run this: source too large, unknown option. */
  'Sandbox.BadRequest': 'refusal',
  /** No space left on a disk of ours. */
  'Infra.DiskFull': 'outage',
  /** The artifact store does not answer. */
  'Infra.StoreUnavailable': 'outage',
  /** The worker of an activity was told to stop, or has died. */
  'Infra.WorkerStopped': 'outage',
  /** The trainer ended without a result; it goes on from its last checkpoint. */
  'Trainer.Crashed': 'outage',
  /** The trainer does not answer. */
  'Trainer.Unavailable': 'outage',
  /** The trainer will never accept this batch or config, or does not know us. */
  'Trainer.BadRequest': 'refusal',
  /** The batch does not fit into memory: the workflow decides on a smaller one. */
  'Trainer.OutOfMemory': 'refusal',
  /** A loss or a weight is not a number: a person decides. */
  'Trainer.Diverged': 'refusal',
  /** The trainer's lineage stands elsewhere, or the same step was asked with other digests. */
  'Trainer.Conflict': 'refusal',
  /** The config cannot be run. */
  'Agent0.BadConfig': 'refusal',
  /** A data set, checkpoint or recipe that should exist does not. */
  'Agent0.Missing': 'refusal',
  /** Too few tasks survived the filter within the budget. */
  'Agent0.YieldTooLow': 'refusal',
  /** Stored data contradicts itself: a digest or a schema does not match. */
  'Agent0.Invariant': 'refusal',
} as const satisfies Record<string, FailureKind>

export type FailureType = keyof typeof failureTypes

/** For `retry.nonRetryableErrorTypes`: the refusals. */
export const nonRetryableTypes = (Object.keys(failureTypes) as FailureType[]).filter(
  (type) => failureTypes[type] === 'refusal',
)
