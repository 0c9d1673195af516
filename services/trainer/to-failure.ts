import { CancelledFailure } from '@temporalio/common'
import { z } from 'zod'
import type { FailureType } from '../../contracts/errors.ts'
import { failure } from '../failure.ts'

/** What the trainer says of a step that ended without a result: names of ml/agent0_ml/trainer/errors.py. */
export const TrainerProblem = z.object({ error: z.string(), reason: z.string() })
export type TrainerProblem = z.output<typeof TrainerProblem>

const TYPES: Readonly<Record<string, FailureType>> = {
  Refusal: 'Trainer.BadRequest',
  Conflict: 'Trainer.Conflict',
  NotHead: 'Trainer.Conflict',
  Diverged: 'Trainer.Diverged',
  OutOfMemory: 'Trainer.OutOfMemory',
  Starting: 'Trainer.Unavailable',
  DiskFull: 'Infra.DiskFull',
}

/** The failure that the trainer's error name means. An unknown name is an outage: the trainer ended by it. */
export function toTrainerFailure({ error, reason }: TrainerProblem): Error {
  return failure(TYPES[error] ?? 'Trainer.Crashed', reason)
}

/** The alarm of a trainer that moves no more. */
export function stalled(phase: string, tokensDone: number, forMs: number): Error {
  const seconds = Math.round(forMs / 1_000)
  return failure('Trainer.Unavailable', `no progress for ${seconds} s in "${phase}", ${tokensDone} tokens done`)
}

/** Whether somebody wants the step to end, and not only the worker that waits for it (Temporal's reasons of a cancellation). */
export function isCancelledByUser(reason: unknown): boolean {
  return reason instanceof CancelledFailure && reason.message === 'CANCELLED'
}
