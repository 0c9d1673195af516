import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { ROOT } from '../../host/paths.mjs'
import { mlPython } from '../../host/python.mjs'
import type { Garbage, KeepRule } from './garbage.ts'

const Pruned = z.array(z.object({ digest: z.string(), bytes: z.number() }))

/**
 * Finds or deletes checkpoints by the trainer's own rule and pins.
 * @param needed digests of checkpoints that stay in any case
 */
export async function pruneCheckpoints(
  root: string,
  rule: KeepRule,
  needed: readonly string[],
  mode: 'look' | 'delete',
): Promise<Garbage[]> {
  const { keepLast, milestoneEvery, lineages } = rule
  // To the command none named means all.
  if (lineages?.length === 0) return []
  const words = ['-m', 'agent0_ml.trainer.prune', `--store=${root}`, `--keep-last=${keepLast}`]
  words.push(`--milestone-every=${milestoneEvery}`, ...(lineages ?? []).map((lineage) => `--lineage=${lineage}`))
  words.push(...needed.map((digest) => `--needed=${digest}`))
  if (mode === 'delete') words.push('--delete')
  const env = { PYTHONPATH: join(ROOT, 'ml') }
  const { stdout } = await promisify(execFile)(await mlPython(), words, { env, maxBuffer: 1 << 30 })
  const pruned = Pruned.parse(JSON.parse(stdout))
  return pruned.map(({ digest, bytes }) => ({ kind: 'checkpoint', path: join('checkpoints', digest), bytes }))
}
