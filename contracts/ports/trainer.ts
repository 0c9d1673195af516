import type { CancelSignal } from './cancel-signal.ts'
import type { Mean } from '../stage-tallies.ts'
import type { Canary } from '../canary.ts'

/** A file in the store that trainer and caller share. */
export interface StoredFile {
  /** Relative to the store's folder. */
  path: string
  sha256: string
}

/** What names a training step. Its digests decide the result; the attempt does not. */
export interface StepRequest {
  /** The chain of steps, `<run>-<role>`. */
  lineage: string
  /** Its number in the lineage, from 1. */
  step: number
  /** Digest of the checkpoint that it starts from; null for the base model. */
  parent: string | null
  /**
   * Digest of the lineage's head, where the step starts from an earlier checkpoint of it: the head was trained and never
   * published. Absent where the parent is the head.
   */
  setAside?: string | undefined
  /** Parquet: rows of `contracts/training-row.ts`. */
  batch: StoredFile
  /** JSON: what `core/training/step-config.ts` makes. */
  config: StoredFile
  /** Of two attempts at a step the one with the lower number gives way. */
  attempt: number
}

/** How far a step is. */
export interface StepProgress {
  /** What the trainer does: `queued`, `load`, `old`, `update 1 of 2`, `save`. */
  phase: string
  /** Tokens that the phase has dealt with. */
  tokensDone: number
}

/** What a step made: a checkpoint, which is a function of the parent, the batch and the config. */
export interface StepRecord {
  lineage: string
  step: number
  /** Names the weights, the optimiser's state and what they were made from, byte for byte. */
  checkpointDigest: string
  /** The checkpoint's folder on this machine, absolute: an adapter as PEFT writes it, or a model folder. */
  checkpointDir: string
  madeFrom: Readonly<Record<'parent' | 'batch' | 'config', string>>
  /** Whether the files hold an adapter or all weights. */
  weights: 'lora' | 'full'
  /** Means over the step's updates by name, `clip_share/p_hat_0.3` for one (docs/design/trainer.md). */
  metrics: Readonly<Record<string, number>>
  /** The sums that the shares and means among them come from, over all updates: they add up over steps. */
  tallies: Readonly<Record<string, Mean>>
  /** What the new weights say to some of the batch's rows: the proof for `ModelServer.ensurePolicy`. */
  canary: Canary
}

/** The last step of a lineage. */
export interface LineageHead {
  /** 0 before the first. */
  step: number
  /** Of its checkpoint; of the base model at step 0. */
  checkpointDigest: string
}

/**
 * Takes optimiser steps. A step is a function of its three digests: asking twice gives the stored record, and what died
 * in the middle is asked for again. It starts from the head of its lineage, or from an earlier checkpoint if the request
 * names the head that it sets aside. Refused are `Trainer.BadRequest` (batch or config is wrong), `Trainer.Conflict` (the
 * step was made from other digests, or the parent is not the head), `Trainer.OutOfMemory` and `Trainer.Diverged`; outages
 * are `Trainer.Unavailable`, `Trainer.Crashed` and `Infra.DiskFull`.
 */
export interface Trainer {
  /**
   * The record of the step, made now or before.
   * @param onProgress called at least every few seconds while the trainer moves, so it serves as a heartbeat
   * @param signal stops waiting, and rejects with its reason. The step itself is ended only if the reason is Temporal's
   *   `CancelledFailure` of a cancellation by the user; whatever else comes, another attempt finds the step again
   */
  step(request: StepRequest, onProgress: (progress: StepProgress) => void, signal?: CancelSignal): Promise<StepRecord>
  head(lineage: string): Promise<LineageHead>
  /**
   * Pins these checkpoints for a holder, so that no clean-up deletes them, and unpins what the holder had pinned before. Refused as
   * `Trainer.BadRequest` if one of them does not exist; the former pins then stay.
   * @param holder letters, digits, dashes, dots and underscores
   */
  hold(holder: string, checkpoints: readonly string[]): Promise<void>
  close(): Promise<void>
}
