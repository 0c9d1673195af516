import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { progress, trained } from './observe.ts'
import type { OwnRun } from './own-run.ts'
import { recovered } from './recovery.ts'

/** Points of ml/agent0_ml/trainer/debug_points.py, one for each step of the run, and the step before. */
const POINTS = [
  { point: 'batch-read', behind: null },
  { point: 'before-rename', behind: 'curriculum/step-0001' },
  { point: 'after-rename', behind: 'curriculum/step-0002' },
  { point: 'after-record', behind: 'executor/step-0001' },
] as const

/**
 * The trainer is killed when it has read the batch, when a checkpoint is written and not published, when it is published and
 * not recorded, and when it is recorded and nobody has been told. No observer is that quick: it does so itself, by SIGKILL.
 */
export async function trainerInEachPhase(run: OwnRun): Promise<number | null> {
  let seconds: number | null = null
  for (const { point, behind } of POINTS) {
    if (behind !== null) await trained(run, behind)
    const file = join(run.faultsFolder, point)
    writeFileSync(file, '')
    await eventually(`the trainer is killed at ${point}`, () => !existsSync(file))
    seconds = Math.max(seconds ?? 0, (await recovered(run, progress(run), performance.now())) ?? 0)
  }
  return seconds
}
