import type { Alert } from './alert.ts'

/** What a person, or the parent, wants of the workflows of a run. It travels down as one signal, always whole. Zod-free. */
export interface Control {
  /** Nothing new begins; what is under way goes on to its end. */
  paused: boolean
  /** Tasks of the run that are rolled out at the same time. */
  tasksInFlight: number
  /** The stage ends after the training step that is under way. */
  stopAfterStep: boolean
  /** Tokens that the stage may still sample; null for any number. */
  sampledTokensLeft: number | null
}

/** How many are done, of how many: a shard's tasks, a stage's steps or shards. */
export interface ShardStatus {
  done: number
  total: number
}

/** A task that was done at a later attempt than the first. */
export interface TriedAgain {
  task: number
  attempt: number
}

/** Where a sample stands that is shown turn by turn. */
export interface SampleStatus {
  turn: number
  next: 'generate' | 'execute' | 'finish'
}

/** Where a stage stands. */
export interface StageStatus {
  /** Its name in the recipe. */
  stage: string
  /** What it is at, in words. */
  doing: string
  /** Training steps that are done, of how many; null for a stage that does not train. */
  steps: ShardStatus | null
  /** Workflow ids of the shards under way, which know how many tasks are done. */
  shards: string[]
  /** Shards of the present work that are over, of how many; null before any. */
  shardsOver: ShardStatus | null
  /** Numbers of the latest step, for people. */
  latest: Readonly<Record<string, number>>
  sampledTokens: number
  /** Why nothing happens, if a person is waited for; null while it works. */
  waitsFor: string | null
}

/** An activity that fails and is retried, or waits for a worker; or several of one kind with the same reason. Times in ms since 1970. */
export interface PendingFailure {
  activity: string
  /** How many activities it stands for. */
  count: number
  /** Failed attempts of the activity that has failed most often; 0 while no worker has taken it. */
  attempts: number
  /** Message of the latest failure. */
  reason: string
  /** When the next attempt starts; null if one is running. */
  nextTryAt: number | null
}

/** What keeps a stage from going on by itself. */
export interface Halt {
  stage: string
  reason: string
  /** Id of the workflow in which it failed: the stage, or one below it. */
  where: string
}

/** Where a run stands. */
export interface RunStatus {
  run: string
  /** Of the iteration under way; 0 is the evaluation of the base model. */
  iteration: number
  iterations: number
  /** The stage under way, with the id of its workflow; null between stages. */
  stage: { name: string; workflowId: string } | null
  /** All stages of this iteration, in their order. */
  stages: string[]
  /** Those that are done. */
  stagesDone: string[]
  control: Control
  /** Where a person wants it to end; null where its config does. */
  stopAfter: 'step' | 'iteration' | null
  /** Why the run halts and what a person can do; null while it works. */
  halted: Halt | null
  /** What halted this iteration before, and what a person decided then. */
  resolvedHalts: (Halt & { decision: 'retry' | 'skip' })[]
  /** Newest policy of every role. */
  policies: Record<string, string>
  sampledTokens: number
  /** Held-out mean@k by iteration, as far as it was measured. */
  scores: (number | null)[]
  /** Those that stand, and those that were cleared lately. */
  alerts: Alert[]
}

/** What a run comes to if nothing breaks. */
export type RunOutcome =
  | { kind: 'finished'; iterations: number; scores: (number | null)[] }
  /** A person stopped it; begun again under the same name it goes on. */
  | { kind: 'stopped'; after: string }
