import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { cacheFolder } from '../../host/paths.mjs'
import { ROOT } from './repository.ts'

/**
 * A folder that takes seconds to make, made once per machine: its name holds the digest of the files that it is made from, and of
 * the processor, whose arithmetic may differ from another's in the last digit. Read it, never write to it.
 * @param sources paths in the repository
 */
export async function cachedFixture(
  name: string,
  sources: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256').update(cpus()[0]?.model ?? '')
  for (const source of sources) hash.update(readFileSync(join(ROOT, source)))
  const folder = join(cacheFolder(), 'test-fixtures', `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  mkdirSync(dirname(folder), { recursive: true })
  const partial = mkdtempSync(`${folder}.`)
  try {
    await make(partial)
    renameSync(partial, folder)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    // Another test file was faster: its folder holds the same.
    if (!existsSync(folder)) throw error
  }
  return folder
}
