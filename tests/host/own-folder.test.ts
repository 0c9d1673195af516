import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { foreignFolderProblem } from '../../host/own-folder.mjs'
import { notRun } from '../support/not-run.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const STRANGER = 1_234

/** A folder of root's, with a cache folder in it. */
function roots(): { folder: string; cache: string } {
  const folder = temporaryFolder()
  chmodSync(folder, 0o755)
  const cache = join(folder, 'agent0')
  mkdirSync(cache)
  return { folder, cache }
}

function asRoot(): void {
  test('root works in a folder that is root’s up to the top, whether it is made or not', () => {
    const { folder, cache } = roots()
    for (const path of [cache, join(cache, 'python', 'x'), join(folder, 'new')])
      expect(foreignFolderProblem(path)).toBeUndefined()
  })

  test.each([
    ['the folder itself is a user’s', ({ cache }: ReturnType<typeof roots>) => chownSync(cache, STRANGER, STRANGER)],
    ['a folder above it is a user’s', ({ folder }: ReturnType<typeof roots>) => chownSync(folder, STRANGER, STRANGER)],
    ['a group may write it', ({ cache }: ReturnType<typeof roots>) => chmodSync(cache, 0o775)],
    ['everybody may write one above it', ({ folder }: ReturnType<typeof roots>) => chmodSync(folder, 0o777)],
  ])('root refuses where %s, in a sentence with the place and what to do', (_what, change) => {
    const made = roots()
    change(made)
    for (const path of [made.cache, join(made.cache, 'uv', 'bin')])
      expect(foreignFolderProblem(path)).toMatch(
        new RegExp(`^Root builds and executes only .* and ${made.folder}.*: run this as .* AGENT0_CACHE\\.$`),
      )
  })

  test('a link leads to what counts', () => {
    const [{ folder }, { cache }] = [roots(), roots()]
    chownSync(cache, STRANGER, STRANGER)
    symlinkSync(cache, join(folder, 'link'))
    expect(foreignFolderProblem(join(folder, 'link'))).toContain(`${cache} belongs to user ${STRANGER}`)
  })

  test('of another user nothing is asked', () => {
    const { cache } = roots()
    chownSync(cache, STRANGER, STRANGER)
    expect(foreignFolderProblem(cache, STRANGER)).toBeUndefined()
  })
}

describe('folders from which root executes', () => {
  if (process.getuid?.() === 0) asRoot()
  else notRun('folders of other users (it needs root)')
})
