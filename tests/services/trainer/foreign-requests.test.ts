import { readdirSync } from 'node:fs'
import { LineageFiles } from '../../../services/trainer/lineage-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const file = (path: string) => ({ path, sha256: 'a'.repeat(64) })
const request = {
  lineage: 'tiny-executor',
  step: 1,
  parent: null,
  batch: file('blobs/a'),
  config: file('blobs/b'),
  attempt: 1,
}
const PATHS = ['../x', '/etc/passwd', 'blobs/../../x', '..']
const refusal = { type: 'Trainer.BadRequest', nonRetryable: true }

test('a request that names a lineage or a file outside the store is refused, and makes nothing', async () => {
  const folder = temporaryFolder()
  const lineages = new LineageFiles(folder, async () => 'b'.repeat(64))
  for (const path of PATHS) {
    await expect(lineages.head(path)).rejects.toMatchObject(refusal)
    for (const changed of [{ lineage: path }, { batch: file(path) }, { config: file(path) }])
      await expect(lineages.stored({ ...request, ...changed })).rejects.toMatchObject(refusal)
  }
  expect(await lineages.stored(request)).toBeUndefined()
  expect(readdirSync(folder)).toEqual([])
})
