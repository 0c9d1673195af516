import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workflowBundle } from '../../workers/workflow-bundle.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('workflows are bundled once for the same sources', async () => {
  const folder = join(temporaryFolder(), 'bundles')
  const code = await workflowBundle(folder)
  expect(code).toContain('rolloutShard')
  const [file] = readdirSync(folder)
  expect(readdirSync(folder)).toHaveLength(1)
  writeFileSync(join(folder, file!), 'what was kept')
  expect(await workflowBundle(folder)).toBe('what was kept')
}, 60_000)

test('a cache that cannot be written costs time and nothing else', async () => {
  const file = join(temporaryFolder(), 'no-folder')
  writeFileSync(file, '')
  expect(await workflowBundle(file)).toContain('rolloutShard')
}, 60_000)
