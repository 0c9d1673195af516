import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TrainingRow } from '../contracts/training-row.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { ROOT } from '../host/paths.mjs'

const WAYS_PROGRAM = join(import.meta.dirname, 'trainer_ways.py')

/** Bounds of lengths: from the first, below the second, in tokens. */
interface BatchShape {
  groups: number
  samples: number
  length: readonly [number, number]
  prompt: readonly [number, number]
  vocabulary: number
}

/** Random tokens behind a prompt, with a tool output of four among the sampled ones. */
export function makeRows({ groups, samples, length: lengths, prompt: prompts, vocabulary }: BatchShape): TrainingRow[] {
  const random = seededStream(1, 'bench')
  const whole = (low: number, high: number) => low + random.below(high - low)
  return Array.from({ length: groups * samples }, (_, index) => {
    const [length, prompt] = [whole(...lengths), whole(...prompts)]
    const isSampled = (at: number) => at >= prompt && (at < prompt + 8 || at >= prompt + 12)
    const mask = Array.from({ length }, (_token, at): 0 | 1 => (isSampled(at) ? 1 : 0))
    return {
      group: `task-${Math.floor(index / samples)}`,
      sample: index % samples,
      tokenIds: mask.map(() => whole(4, vocabulary)),
      mask,
      serverLogprobs: mask.map((one) => (one === 1 ? -5 : 0)),
      policy: 'bench-executor-v0',
      temperature: 1,
      advantage: whole(-100, 101) / 100,
      clipLow: 0.2,
      clipHigh: 0.2,
      pHat: 0.5,
    }
  })
}

export interface Run {
  seconds: number[]
  peakBytes: number
  device: string
}

interface Work {
  /** Folder of a model. */
  base: string
  rows: TrainingRow[]
  config: object
  /** Steps that are not counted, before those that are. */
  warmUp: number
  steps: number
  /** Of the ways that are not ours; ours has the config's tokens. */
  rowsAtOnce: number
  /** A folder that Python is to search too. */
  more?: string
}

/** One way in a process and a folder of its own. */
export async function runWay(way: string, python: string, work: Work): Promise<Run> {
  const { base, rows, config, warmUp, steps, rowsAtOnce, more } = work
  const folder = mkdtempSync(join(tmpdir(), 'agent0-bench-'))
  try {
    symlinkSync(base, join(folder, 'base'))
    writeFileSync(join(folder, 'batch.json'), JSON.stringify(rows))
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
    const env = {
      PYTHONPATH: [join(ROOT, 'ml'), more ?? ''].join(':'),
      OMP_NUM_THREADS: '1',
      HF_HUB_OFFLINE: '1',
    }
    const words = ['-W', 'ignore', WAYS_PROGRAM, way, folder, ...[warmUp, steps, rowsAtOnce].map(String)]
    const { stdout } = await promisify(execFile)(python, words, { env: { ...process.env, ...env } })
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Run
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
