import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made: string[] = []

/** A new empty folder, removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent0-test-'))
  made.push(folder)
  return folder
}

function removeAll(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}

// A script that records something for tests has no test file to be done.
if (typeof afterAll === 'function') afterAll(removeAll)
else process.once('exit', removeAll)
