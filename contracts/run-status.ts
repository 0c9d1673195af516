import type { Alert } from './alert.ts'
import type { FailureType } from './errors.ts'

/** How a run's workflows are to work now. It travels down from run to stage to shard as one signal, always whole. Zod-free. */
export interface Control {
  /** Nothing new starts; running work ends normally. */
  paused: boolean
  /** Upper bound of the run's tasks in flight. */
  tasksInFlight: number
  /** The stage ends after the current training step. */
  stopAfterStep: boolean
  /** Tokens that the stage may still sample; null for no bound. */
  sampledTokensLeft: number | null
}

/** Progress: a shard's tasks, a stage's steps or shards. */
export interface ShardStatus {
  done: number
  total: number
}

/** A task that needed more than one attempt. */
export interface TriedAgain {
  task: number
  attempt: number
}

/** Progress of one sample of a traced rollout. */
export interface SampleStatus {
  turn: number
  next: 'generate' | 'execute' | 'finish'
}

/** Progress of a stage. */
export interface StageStatus {
  /** Its name in the recipe. */
  stage: string
  /** What it is doing, in words. */
  doing: string
  /** Training steps; null for a stage that does not train. */
  steps: ShardStatus | null
  /** Workflow ids of the running shards, which know their tasks' progress. */
  shards: string[]
  /** Shards of the current work; null before any. */
  shardsOver: ShardStatus | null
  /** Numbers of the latest step, by what people call them. */
  latest: Readonly<Record<string, number>>
  sampledTokens: number
  /** Why the stage waits for a person, and what to do; null while it works. */
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
  /** Its type, if it is one of ours: advice goes with it. */
  type: FailureType | null
  /** When the next attempt starts; null if one is running. */
  nextTryAt: number | null
}

/** A failure that stops a stage until a person decides. */
export interface Halt {
  stage: string
  reason: string
  /** Id of the workflow in which it failed: the stage, or one below it. */
  where: string
}

/** What a person decided about a halted stage: run it again, leave it out, or publish its policy although it was refused. */
export type Decision = 'retry' | 'skip' | 'accept'

/** Progress of a run. */
export interface RunStatus {
  run: string
  /** The current iteration; 0 evaluates the base model. */
  iteration: number
  iterations: number
  /** The running stage, with the id of its workflow; null between stages. */
  stage: { name: string; workflowId: string } | null
  /** All stages of this iteration, in order. */
  stages: string[]
  /** Those that have finished. */
  stagesDone: string[]
  control: Control
  /** Set by `agent0 stop --after-step` or `--after-iteration`; null if the run ends as its config says. */
  stopAfter: 'step' | 'iteration' | null
  /** Why the run is halted, and what a person can do, a sentence without its full stop; null while it works. */
  halted: (Halt & { advice: string }) | null
  /** Earlier halts of this iteration, and what a person decided. */
  resolvedHalts: (Halt & { decision: Decision })[]
  /** Name of the newest policy, by role. */
  policies: Record<string, string>
  sampledTokens: number
  /** Held-out mean@k by iteration, from 0; null where it was not measured. */
  scores: (number | null)[]
  /** Open alerts, and those that were cleared lately. */
  alerts: Alert[]
}

/** How a run ends if nothing breaks. */
export type RunOutcome =
  | { kind: 'finished'; iterations: number; scores: (number | null)[] }
  /** A person stopped it; started again under the same name it resumes. */
  | { kind: 'stopped'; after: string }
