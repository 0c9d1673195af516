import { join } from 'node:path'
import { z } from 'zod'
import { Canary } from '../../contracts/canary.ts'
import { Digest } from '../../contracts/primitives.ts'
import { failure } from '../failure.ts'
import type { StepRecord, StepRequest } from '../../contracts/ports/trainer.ts'

/** Records of steps made before 2026-12 say `checkpoint` and `uri`. They are read for one version. */
export function withCurrentNames(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || !('checkpoint' in stored)) return stored
  const { checkpoint: checkpointDigest, uri: checkpointDir, ...same } = stored as Record<string, unknown>
  return { checkpointDigest, checkpointDir, ...same }
}

/** A record as the trainer writes it; lenient, as it may say more. */
const StoredRecord = z.object({
  lineage: z.string(),
  step: z.int().min(1),
  checkpointDigest: Digest,
  madeFrom: z.object({ parent: Digest, batch: Digest, config: Digest }),
  weights: z.enum(['lora', 'full']),
  /** Relative to the store's folder. */
  checkpointDir: z.string(),
  metrics: z.record(z.string(), z.number()),
  tallies: z.record(z.string(), z.object({ sum: z.number(), count: z.number() })),
  canary: Canary,
})

/**
 * The record of a step, held against what was asked for. Throws `Trainer.Conflict` where the step was made from something
 * else, `Trainer.Unavailable` where this is not a record.
 * @param storeFolder of the store on this machine
 */
export function readRecord(found: unknown, request: StepRequest, storeFolder: string): StepRecord {
  const parsed = StoredRecord.safeParse(withCurrentNames(found))
  if (!parsed.success) throw failure('Trainer.Unavailable', `invalid step record: ${z.prettifyError(parsed.error)}`)
  const { lineage, step, madeFrom, checkpointDir } = parsed.data
  const asked = {
    parent: request.parent ?? madeFrom.parent,
    batch: request.batch.sha256,
    config: request.config.sha256,
  }
  for (const what of ['parent', 'batch', 'config'] as const)
    if (madeFrom[what] !== asked[what])
      throw failure(
        'Trainer.Conflict',
        `step ${step} of ${lineage} was made from the ${what} ${madeFrom[what]}, not ${asked[what]}`,
      )
  return { ...parsed.data, checkpointDir: join(storeFolder, checkpointDir) }
}
