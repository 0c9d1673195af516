import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BubblewrapSlots } from '../../services/sandbox/bubblewrap-slots.ts'
import { createSandbox } from '../../services/sandbox/open.ts'
import { ensureRootfs } from '../../services/sandbox/image/build-rootfs.mjs'
import type { PooledSandbox } from '../../services/sandbox/pooled-sandbox.ts'
import type { Template } from '../../services/sandbox/template.ts'
import { cacheFolder } from '../../host/paths.mjs'
import { ROOT } from './repository.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** One edit of a file of the guest: what stands there, which must occur, and what takes its place. */
export type Edit = readonly [file: string, before: string | RegExp, after: string]

/** The edit that takes a call out of the list of those that the second filter decides by an argument. */
export function withoutRule(call: string): Edit {
  return ['slot_filter.py', new RegExp(String.raw`"${call}": \(\d+, \d+, (OWN|own_of\(\d\))\),`), '']
}

/** Slots whose guest lacks something: what else holds where one guard is gone. */
export async function alteredSlots(edits: readonly Edit[]): Promise<BubblewrapSlots> {
  const guest = join(temporaryFolder(), 'guest')
  cpSync(join(ROOT, 'services/sandbox/guest'), guest, { recursive: true })
  for (const [file, before, after] of edits) {
    const path = join(guest, file)
    const text = readFileSync(path, 'utf8')
    const altered = text.replace(before, after)
    if (altered === text) throw new Error(`${file} does not hold ${String(before)}: adapt this test`)
    writeFileSync(path, altered)
  }
  const { rootfs } = await ensureRootfs({ cacheFolder: cacheFolder(), log: () => undefined })
  return BubblewrapSlots.open({ rootfs, guest })
}

/** A sandbox on such slots. */
export async function alteredSandbox(edits: readonly Edit[], places: Template[] = ['bare']): Promise<PooledSandbox> {
  return createSandbox(await alteredSlots(edits), 2, places)
}
