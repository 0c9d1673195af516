import { existsSync } from 'node:fs'
import type { RunArtifacts } from '../core/report/run-report.ts'
import { type ArtifactStore, openStore } from '../services/artifact-store/open.ts'
import { reasonOf } from '../host/problem.mjs'
import { readMachine } from '../host/machine.ts'
import { readRun, runsIn } from '../report/read-run.ts'
import { printError } from './print.ts'

/**
 * Does something with what a run left in this machine's store, or in `folder`. Gives the exit code: 1, with a sentence, if
 * there is no such store or run, or if it cannot be read.
 */
export async function withRun(
  name: string,
  folder: string = readMachine().store.folder,
  use: (store: ArtifactStore, artifacts: RunArtifacts) => Promise<void>,
): Promise<number> {
  const complain = (sentence: string) => {
    printError(sentence)
    return 1
  }
  if (!existsSync(folder)) return complain(`There is no store at ${folder}.`)
  const store = openStore(folder)
  try {
    const artifacts = await readRun(store, name)
    if (artifacts !== null) {
      await use(store, artifacts)
      return 0
    }
    const runs = await runsIn(store)
    const there = runs.length === 0 ? 'nor any other' : `there are: ${runs.join(', ')}`
    return complain(`There is no run "${name}" in ${folder}; ${there}.`)
  } catch (error) {
    return complain(reasonOf(error))
  }
}
