import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readHeldOut } from '../../../services/artifact-store/held-out.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const named = (make: (path: string) => void) => {
  const path = join(temporaryFolder(), 'held-out.jsonl')
  make(path)
  return path
}

test.each<[what: string, path: () => string]>([
  ['a device that never ends', () => '/dev/zero'],
  ['a folder', () => temporaryFolder()],
  ['a pipe that nobody writes', () => named((path) => execFileSync('mkfifo', [path]))],
  ['more than a held-out set can have', () => named((path) => (writeFileSync(path, ''), truncateSync(path, 2 ** 40)))],
  ['nothing', () => '/nowhere/held-out.jsonl'],
])('%s is not read: a refusal with its path', async (_what, path) => {
  const given = path()
  const refusal = { type: 'Agent0.Missing', nonRetryable: true, message: expect.stringContaining(given) as string }
  await expect(readHeldOut(given)).rejects.toMatchObject(refusal)
})

test('a file of anything else is refused without a word of what stands in it', async () => {
  const path = named((file) => writeFileSync(file, 'root:secret-of-somebody:0\n'))
  await expect(readHeldOut(path)).rejects.toMatchObject({
    type: 'Agent0.BadConfig',
    message: expect.not.stringContaining('secret') as string,
  })
})
