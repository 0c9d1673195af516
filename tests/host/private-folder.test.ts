import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { acquireLock } from '../../host/lock.mjs'
import { makePrivateFile, makePrivateFolder } from '../../host/private-folder.mjs'
import { temporaryFolder } from '../support/temporary-folder.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

test("a new folder is its owner's alone, and so is one that was open to others", () => {
  const [fresh, open] = [join(temporaryFolder(), 'a', 'state'), join(temporaryFolder(), 'state')]
  mkdirSync(open)
  chmodSync(open, 0o755)
  for (const folder of [fresh, open]) {
    makePrivateFolder(folder)
    expect(modeOf(folder)).toBe(0o700)
  }
})

test("a file is its owner's alone and keeps what it holds", () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, 'text')
  chmodSync(file, 0o644)
  makePrivateFile(file)
  expect([modeOf(file), statSync(file).size]).toEqual([0o600, 4])
})

test('nobody else can hold our locks: their files cannot be read', async () => {
  const file = join(temporaryFolder(), 'x.lock')
  ;(await acquireLock(file))()
  expect(modeOf(file)).toBe(0o600)
})

test('a lock that cannot be opened is one sentence with its path', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  await expect(acquireLock(join(file, 'x.lock'))).rejects.toThrow(/x\.lock cannot be opened: check its permissions/)
})
