import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { filesIn, midFanOut, trained } from './observe.ts'
import { type OwnRun, RUN } from './own-run.ts'

const STAGE = `runs/${RUN}/iter-001/executor`

/** The blob behind a key's file, relative to the store. */
const blobOf = (keyFile: string) => (JSON.parse(readFileSync(keyFile, 'utf8')) as { uri: string }).uri

/** Flips a byte in the middle of a file of the store; gives what restores it. */
function flipByte(run: OwnRun, uri: string): () => void {
  const path = join(run.storeFolder, uri)
  const whole = readFileSync(path)
  const spoilt = Buffer.from(whole)
  const middle = Math.floor(whole.length / 2)
  spoilt[middle] = whole[middle]! ^ 0xff
  writeFileSync(path, spoilt)
  return () => writeFileSync(path, whole)
}

/** The steps of the executor's lineage that are recorded. */
function stepsTrained(run: OwnRun): number {
  const folder = join(run.storeFolder, 'lineages', `${RUN}-executor`, 'steps')
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^\d+\.json$/.test(name)).length : 0
}

/** Waits until the run halts and names the file; then brings that back, and has the stage tried again. */
async function haltsAndGoesOn(run: OwnRun, uri: string, restore: () => void, trainedSoFar: number): Promise<void> {
  let reason = ''
  const isHalted = async () => {
    reason = (await run.status())?.halted?.reason ?? ''
    return reason !== ''
  }
  await eventually(`the run halts over ${uri}`, isHalted, { everyMs: 200 })
  const name = uri.slice(uri.lastIndexOf('/') + 1)
  if (!reason.includes(name)) throw new Error(`the run halted without a word of ${name}: ${reason}`)
  if (stepsTrained(run) !== trainedSoFar) throw new Error(`something was trained beside ${name}`)
  restore()
  await run.agent0('retry', 'executor', '--run', RUN)
}

/**
 * Bytes change on the disk between their writing and their next reading: the rollouts of a task before its vote, and the batch
 * of a step before the trainer reads it.
 */
export async function corruptArtifacts(run: OwnRun): Promise<null> {
  await midFanOut(run, 'executor/step-0001', 1)
  const rollouts = blobOf(filesIn(run, `${STAGE}/step-0001`).find((file) => file.endsWith('/rollouts.jsonl'))!)
  await haltsAndGoesOn(run, rollouts, flipByte(run, rollouts), 0)

  await trained(run, 'executor/step-0001')
  const trainer = run.process('trainer')
  process.kill(trainer.pid, 'SIGSTOP')
  let batch: string | undefined
  await eventually('the second batch is written', () => {
    batch = filesIn(run, `${STAGE}/step-0002`).find((file) => /\/batch-\w+\.parquet$/.test(file))
    return batch !== undefined
  })
  const restore = flipByte(run, blobOf(batch!))
  process.kill(trainer.pid, 'SIGCONT')
  await haltsAndGoesOn(run, blobOf(batch!), restore, 1)
  return null
}
