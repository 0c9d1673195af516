import { execa } from 'execa'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../../../services/artifact-store/open.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const MIB = 1 << 20

/** A disk of 4 MiB of which 3 are taken; null where we may not mount one. */
async function smallDisk(): Promise<string | null> {
  const folder = join(temporaryFolder(), 'disk')
  mkdirSync(folder)
  const { exitCode } = await execa('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'agent0', folder], { reject: false })
  if (exitCode !== 0) return null
  writeFileSync(join(folder, 'taken'), Buffer.alloc(3 * MIB))
  return folder
}

test('the room of a store is that of the disk that it lies on, as df has it', async () => {
  const small = await smallDisk()
  const folder = small ?? temporaryFolder()
  try {
    const { stdout } = await execa('df', ['--block-size=1', '--output=used,avail', folder])
    const [used, available] = stdout.split('\n')[1]!.trim().split(/\s+/).map(Number) as [number, number]
    const space = await openStore(folder).space()
    // Another process may write meanwhile, where the disk is not ours alone.
    const slack = small === null ? 0.01 * (used + available) : 0
    expect(space!.folder).toBe(folder)
    expect(Math.abs(space!.free - available)).toBeLessThanOrEqual(slack)
    expect(Math.abs(space!.total - used - available)).toBeLessThanOrEqual(slack)
  } finally {
    if (small !== null) await execa('umount', [small])
  }
})
