import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { median, type Figure } from './figures.ts'
import { makeRows, runWay } from './trainer-ways.ts'

const SHAPES_PROGRAM = join(import.meta.dirname, 'trainer_shapes.py')
const SHAPES = ['Qwen3-0.6B', 'Qwen3-4B'] as const
const NO_GPU = 3
const WARM_UP = 1
const STEPS = 2
const TOKENS_OF_ROW = 16_384
const BATCH = {
  groups: 1,
  samples: 4,
  length: [TOKENS_OF_ROW, TOKENS_OF_ROW + 1],
  prompt: [1024, 1025],
  vocabulary: 151_936,
} as const
const CONFIG = {
  weights: { kind: 'lora', learningRate: 1e-6, rank: 16, alpha: 32 },
  oldLogprobs: { kind: 'server', ratioMin: 1e-12, ratioMax: 1e12 },
  microBatchTokens: TOKENS_OF_ROW,
  gradientCheckpointing: true,
}

/** False where there is no GPU; otherwise the folder holds a model of the shape. */
async function makeShape(python: string, shape: string, folder: string): Promise<boolean> {
  return promisify(execFile)(python, ['-W', 'ignore', SHAPES_PROGRAM, shape, folder]).then(
    () => true,
    (error: { code?: unknown }) => {
      if (error.code === NO_GPU) return false
      throw error
    },
  )
}

/**
 * A step on the shapes of real models with random weights, LoRA, four rows of 16k tokens; nothing without a GPU.
 * @param more a folder that Python is to search too
 */
export async function benchTrainerShapes(python: string, ways: readonly string[], more: string): Promise<Figure[]> {
  const figures: Figure[] = []
  const rows = makeRows(BATCH)
  for (const shape of SHAPES) {
    const base = mkdtempSync(join(tmpdir(), 'agent0-bench-'))
    try {
      if (!(await makeShape(python, shape, base))) {
        console.error(`${SHAPES.join(' and ')} are not measured: there is no GPU`)
        return []
      }
      const work = { base, rows, config: CONFIG, warmUp: WARM_UP, steps: STEPS, rowsAtOnce: 1, more }
      for (const way of ways) {
        const run = await runWay(way, python, work)
        const seconds = median(run.seconds)
        figures.push(
          { name: `${shape} shape, ${way} (${run.device}): a step`, value: seconds, unit: 's' },
          { name: `${shape} shape, ${way}: tokens`, value: (rows.length * TOKENS_OF_ROW) / seconds, unit: 'tokens/s' },
          { name: `${shape} shape, ${way}: peak memory`, value: run.peakBytes / 2 ** 20, unit: 'MiB' },
        )
      }
    } finally {
      rmSync(base, { recursive: true, force: true })
    }
  }
  return figures
}
