import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { Digest } from '../../contracts/primitives.ts'
import { failure } from '../failure.ts'
import type { LineageHead, StepRecord, StepRequest } from '../../contracts/ports/trainer.ts'
import { readRecord, withCurrentNames } from './read-record.ts'

/** As ml/agent0_ml/trainer/store.py has it. */
const LINEAGE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** Undefined where the file or folder does not exist. */
async function orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure('Infra.StoreUnavailable', (error as Error).message, error)
  }
}

/** Any trouble with the disk is an outage. */
async function onStore<T>(acting: Promise<T>): Promise<T> {
  return acting.catch((error: Error) => {
    throw failure('Infra.StoreUnavailable', error.message, error)
  })
}

const HOLDER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** Names a base model as ml/agent0_ml/trainer/store.py does: by its config and its weights. */
export async function baseDigest(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name === 'config.json' || name.includes('.safetensors'))
  const files = names.toSorted().map(async (name) => {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(folder, name)), hash)
    return `"${name}": "${hash.digest('hex')}"`
  })
  return createHash('sha256')
    .update(`{${(await Promise.all(files)).join(', ')}}`)
    .digest('hex')
}

/** What the trainer keeps of its lineages, for those who have no service to ask (layout: docs/design/trainer.md). */
export class LineageFiles {
  readonly #storeFolder: string
  readonly #base: () => Promise<string>

  /** @param base digest of the base model */
  constructor(storeFolder: string, base: () => Promise<string>) {
    this.#storeFolder = storeFolder
    this.#base = base
  }

  /** A name leads nowhere else. */
  #folder(lineage: string): string {
    if (!LINEAGE.test(lineage)) throw failure('Trainer.BadRequest', `invalid lineage name ${JSON.stringify(lineage)}`)
    return join(this.#storeFolder, 'lineages', lineage)
  }

  async #record(lineage: string, step: number): Promise<unknown> {
    const path = join(this.#folder(lineage), 'steps', `${String(step).padStart(6, '0')}.json`)
    const text = await orAbsent(readFile(path, 'utf8'))
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** Numbers of the steps with a record. */
  async #steps(lineage: string): Promise<number[]> {
    const names = (await orAbsent(readdir(join(this.#folder(lineage), 'steps')))) ?? []
    return names.filter((name) => /^\d{6,}\.json$/.test(name)).map((name) => parseInt(name, 10))
  }

  async #digest(lineage: string, step: number): Promise<string> {
    if (step === 0) return this.#base()
    const record = withCurrentNames(await this.#record(lineage, step))
    return z.object({ checkpointDigest: Digest }).parse(record).checkpointDigest
  }

  async head(lineage: string): Promise<LineageHead> {
    const step = Math.max(0, ...(await this.#steps(lineage)))
    return { step, checkpointDigest: await this.#digest(lineage, step) }
  }

  /** Whether a checkpoint is the base model or one of the lineage's. */
  async #isEarlier(lineage: string, digest: string): Promise<boolean> {
    const steps = [0, ...(await this.#steps(lineage))]
    return (await Promise.all(steps.map((step) => this.#digest(lineage, step)))).includes(digest)
  }

  /** The record if the step is done, undefined if it may run now; throws `Trainer.Conflict` if it may not. */
  async stored(request: StepRequest): Promise<StepRecord | undefined> {
    const { lineage, step } = request
    for (const { path } of [request.batch, request.config])
      if (relative(this.#storeFolder, resolve(this.#storeFolder, path)).startsWith('..'))
        throw failure('Trainer.BadRequest', `${JSON.stringify(path)} is outside the store`)
    const parent = request.parent ?? (await this.#base())
    const found = await this.#record(lineage, step)
    if (found !== undefined) return readRecord(found, { ...request, parent }, this.#storeFolder)
    const head = await this.head(lineage)
    const isNext = step === head.step + 1
    if (isNext && parent === head.checkpointDigest) return undefined
    if (isNext && request.setAside === head.checkpointDigest && (await this.#isEarlier(lineage, parent)))
      return undefined
    throw failure('Trainer.Conflict', `the head of ${lineage} is step ${head.step}, ${head.checkpointDigest}`)
  }

  /** As `hold` of ml/agent0_ml/trainer/store.py: pins first, then a look whether the checkpoint is still there, then releases. */
  async hold(holder: string, checkpoints: readonly string[]): Promise<void> {
    if (!HOLDER.test(holder)) throw failure('Trainer.BadRequest', `invalid pin holder ${JSON.stringify(holder)}`)
    const pins = join(this.#storeFolder, 'pins')
    for (const digest of checkpoints) {
      const place = join(pins, Digest.parse(digest))
      await onStore(mkdir(place, { recursive: true }).then(() => writeFile(join(place, holder), '')))
      if ((await orAbsent(stat(join(this.#storeFolder, 'checkpoints', digest)))) !== undefined) continue
      await onStore(rm(join(place, holder), { force: true }))
      throw failure('Trainer.BadRequest', `there is no checkpoint ${digest} to pin`)
    }
    for (const digest of (await orAbsent(readdir(pins))) ?? [])
      if (!checkpoints.includes(digest) && Digest.safeParse(digest).success)
        await onStore(rm(join(pins, digest, holder), { force: true }))
  }
}
