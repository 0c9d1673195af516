import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { failure } from '../failure.ts'
import type { LineageHead, StepProgress, StepRecord, StepRequest, Trainer } from '../../contracts/ports/trainer.ts'
import { LineageFiles } from './lineage-files.ts'
import { readRecord } from './read-record.ts'
import { toTrainerFailure, isCancelledByUser, stalled, TrainerProblem } from './to-failure.ts'

/** `python -m agent0_ml.trainer step …` as it runs somewhere. */
export interface Job {
  /** The record, once the step is in the store. */
  stdout: Readable
  /** Lines: progress and, at the end, trouble as JSON; what libraries print in between. */
  stderr: Readable
  /** Resolves when it is over, with how. */
  ended: Promise<{ how: string; outOfMemory: boolean }>
  /** Ends it now. */
  end: () => Promise<void>
  /** Ends it, unless another worker could find it again. */
  leave: () => Promise<void>
}

export interface OneShotOptions {
  storeFolder: string
  /** Digest of the base model. */
  base: () => Promise<string>
  /** Milliseconds without progress that count as a hang. */
  stalledAfterMs: number
  /** Milliseconds between two reports of progress, moved or not. */
  reportEveryMs: number
  /** Starts the step, or finds it running. Throws failures. */
  start: (request: StepRequest) => Promise<Job>
}

const Progress = z.object({ phase: z.string(), tokensDone: z.number(), allowanceSeconds: z.number().default(0) })
const TAIL_LINES = 8

/** What the lines of a job have told so far. */
class Listener {
  progress: StepProgress = { phase: 'start', tokensDone: 0 }
  movedAtMs = performance.now()
  /** How much longer than usual the present piece of work may be quiet. */
  allowanceMs = 0
  trouble: TrainerProblem | undefined
  readonly tail: string[] = []

  hear(line: string): void {
    const json = line.startsWith('{') ? parseOrNull(line) : null
    const progress = Progress.safeParse(json)
    const trouble = TrainerProblem.safeParse(json)
    if (progress.success) {
      const { allowanceSeconds, ...told } = progress.data
      this.progress = told
      this.allowanceMs = 1_000 * allowanceSeconds
    } else if (trouble.success) this.trouble = trouble.data
    else this.tail.splice(0, this.tail.push(line) - TAIL_LINES)
    this.movedAtMs = performance.now()
  }
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/** Each step as a job of its own that loads the model, takes the step and ends. */
export class OneShotTrainer implements Trainer {
  readonly #options: OneShotOptions
  readonly #lineages: LineageFiles
  readonly #running = new Set<Job>()

  constructor(options: OneShotOptions) {
    this.#options = options
    this.#lineages = new LineageFiles(options.storeFolder, options.base)
  }

  async step(
    request: StepRequest,
    onProgress: (progress: StepProgress) => void,
    signal?: AbortSignal,
  ): Promise<StepRecord> {
    signal?.throwIfAborted()
    const stored = await this.#lineages.stored(request)
    if (stored !== undefined) return stored
    const job = await this.#options.start(request)
    this.#running.add(job)
    try {
      return await this.#follow(job, request, onProgress, signal)
    } finally {
      this.#running.delete(job)
    }
  }

  async #follow(
    job: Job,
    request: StepRequest,
    onProgress: (progress: StepProgress) => void,
    signal: AbortSignal | undefined,
  ): Promise<StepRecord> {
    const listener = new Listener()
    const printed = text(job.stdout)
    const heard = this.#listen(job, request, (line) => {
      listener.hear(line)
      onProgress(listener.progress)
    })
    const over = Promise.all([job.ended, printed, heard])
    let ticking: NodeJS.Timeout | undefined
    const interrupted = new Promise<never>((_, reject) => {
      ticking = setInterval(() => {
        const { progress, movedAtMs, allowanceMs } = listener
        const quietMs = performance.now() - movedAtMs
        if (quietMs <= this.#options.stalledAfterMs + allowanceMs) return onProgress(progress)
        void job.end()
        reject(stalled(progress.phase, progress.tokensDone, quietMs))
      }, this.#options.reportEveryMs)
      const onAbort = () => {
        void (isCancelledByUser(signal!.reason) ? job.end() : job.leave())
        reject(signal!.reason as Error)
      }
      if (signal?.aborted) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
    })
    try {
      const [{ how, outOfMemory }, record] = await Promise.race([over, interrupted])
      if (record.trim() !== '') return readRecord(parseOrNull(record), request, this.#options.storeFolder)
      if (listener.trouble !== undefined) throw toTrainerFailure(listener.trouble)
      if (outOfMemory)
        throw failure('Trainer.OutOfMemory', `the trainer was out of memory in "${listener.progress.phase}"`)
      const said = listener.tail.join('\n')
      throw failure('Trainer.Crashed', `the trainer ${how} in "${listener.progress.phase}"${said && `:\n${said}`}`)
    } finally {
      clearInterval(ticking)
      over.catch(() => undefined)
    }
  }

  /** Resolves when the job says no more. Its lines go into a file too. */
  async #listen(job: Job, { lineage, step, attempt }: StepRequest, hear: (line: string) => void): Promise<void> {
    const folder = join(this.#options.storeFolder, 'lineages', lineage, 'logs')
    mkdirSync(folder, { recursive: true })
    const log = createWriteStream(join(folder, `${String(step).padStart(6, '0')}-${attempt}.log`), { flags: 'a' })
    // A full disk costs log lines, not steps.
    log.on('error', () => undefined)
    for await (const line of createInterface({ input: job.stderr })) {
      log.write(`${line}\n`)
      hear(line)
    }
    log.end()
  }

  head(lineage: string): Promise<LineageHead> {
    return this.#lineages.head(lineage)
  }

  hold(holder: string, checkpoints: readonly string[]): Promise<void> {
    return this.#lineages.hold(holder, checkpoints)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((job) => job.leave()))
  }
}

/** The arguments of the command for a step. */
export function stepArguments(request: StepRequest, base: string, storeFolder: string): string[] {
  const { lineage, step, parent, setAside, attempt, batch, config } = request
  const options = {
    base,
    out: storeFolder,
    lineage,
    batch: join(storeFolder, batch.path),
    'batch-digest': batch.sha256,
    config: join(storeFolder, config.path),
    'config-digest': config.sha256,
    step: String(step),
    parent: parent ?? 'base',
    ...(setAside !== undefined && { 'set-aside': setAside }),
    attempt: String(attempt),
  }
  return ['-m', 'agent0_ml.trainer', 'step', ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)]
}
