import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pruneCheckpoints } from '../../../services/artifact-store/prune-checkpoints.ts'
import { LineageFiles } from '../../../services/trainer/lineage-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

jest.setTimeout(120_000)

const digest = (letter: string) => letter.repeat(64)

/** A store with a lineage whose steps made these checkpoints, and who says what is needed of it. */
function storeOf(letters: string) {
  const root = temporaryFolder()
  mkdirSync(join(root, 'lineages', 'run-executor', 'steps'), { recursive: true })
  for (const [index, letter] of letters.split('').entries()) {
    const record = join(root, 'lineages', 'run-executor', 'steps', `${String(index + 1).padStart(6, '0')}.json`)
    writeFileSync(record, JSON.stringify({ checkpointDigest: digest(letter) }))
    mkdirSync(join(root, 'checkpoints', digest(letter)), { recursive: true })
  }
  const files = new LineageFiles(root, async () => digest('0'))
  const hold = (holder: string, held: string) => files.hold(holder, held.split('').map(digest))
  const left = async () => {
    await pruneCheckpoints(root, { keepLast: 1, milestoneEvery: 0 }, [], 'delete')
    return readdirSync(join(root, 'checkpoints'))
      .map((name) => name[0]!)
      .toSorted((left, right) => left.localeCompare(right))
      .join('')
  }
  return { root, hold, left }
}

test('what a holder needs stays, and what it no longer names goes, whatever others hold', async () => {
  const { hold, left } = storeOf('abcdef')
  await hold('run.start', 'ab')
  await hold('run.served.executor', 'bc')
  expect(await left()).toBe('abcf')
  await hold('run.start', 'c')
  expect(await left()).toBe('bcf')
  await hold('run.served.executor', '')
  expect(await left()).toBe('cf')
  await hold('run.start', '')
  expect(await left()).toBe('f')
})

test('a refused hold lets nothing go', async () => {
  const { hold, left, root } = storeOf('abc')
  await hold('run.start', 'a')
  await expect(hold('run.start', 'b9')).rejects.toMatchObject({ type: 'Trainer.BadRequest', nonRetryable: true })
  expect(await left()).toBe('abc')
  expect(existsSync(join(root, 'pins', digest('9'), 'run.start'))).toBe(false)
})

test.each(['../x', '', 'a/b', 'x'.repeat(200)])('%p names no holder', async (holder) => {
  const { hold, root } = storeOf('a')
  await expect(hold(holder, 'a')).rejects.toMatchObject({ type: 'Trainer.BadRequest' })
  expect(existsSync(join(root, 'pins'))).toBe(false)
})
