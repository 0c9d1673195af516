import type { Command } from 'commander'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { reportOf, type RunArtifacts } from '../core/report/run-report.ts'
import type { ArtifactStore } from '../infra/services/open-store.ts'
import { withRun } from './report/with-run.ts'

/** A file per task; the tables of trajectories hold the same. */
const REPEATED = /\/rollouts\.jsonl$/

/** Writes the tables and records of a run as plain files under the names of their keys, and its report as data. */
async function exportRun(store: ArtifactStore, artifacts: RunArtifacts, folder: string): Promise<void> {
  const write = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  const keys = (await store.list(artifacts.run)).filter((key) => !REPEATED.test(key))
  // One at a time: a run may be larger than memory.
  for (const key of keys) {
    const reference = await store.find(key)
    if (reference !== null) write(key.slice(artifacts.run.length + 1), await store.get(reference))
  }
  write('report.json', `${JSON.stringify(reportOf(artifacts), null, 2)}\n`)
  console.log(`Written: ${keys.length + 1} files in ${resolve(folder)}`)
}

/** `agent0 export`: what a run left, for other programs. */
export function addExportCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('export <run>')
    .description('write the tables (Parquet), records (JSON) and report of a run into a new folder')
    .requiredOption('--to <folder>', 'a folder that is empty or does not exist')
    .option('--store <folder>', "another store than this machine's")
    .action(async (run: string, { to, store: folder }: { to: string; store?: string }) => {
      if (existsSync(to) && readdirSync(to).length > 0) {
        console.error(`${resolve(to)} is not empty: name a new folder.`)
        return finish(1)
      }
      return finish(await withRun(run, folder, (store, artifacts) => exportRun(store, artifacts, to)))
    })
}
