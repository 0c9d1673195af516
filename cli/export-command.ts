import { type Command, Option } from 'commander'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { curvesOf } from '../core/report/curves.ts'
import { reportOf, type RunArtifacts } from '../core/report/run-report.ts'
import type { ArtifactStore } from '../services/artifact-store/open.ts'
import { ROOT } from '../host/paths.mjs'
import { SetupProblem } from '../host/problem.mjs'
import { mlPython } from '../host/python.mjs'
import { withRun } from './with-run.ts'
import { print, printError } from './print.ts'

/** A file per task; the tables of trajectories hold the same. */
const REPEATED = /\/rollouts\.jsonl$/

/** Writes the tables and records of a run as plain files under the names of their keys, and its report as data. */
async function exportRun(store: ArtifactStore, artifacts: RunArtifacts, folder: string): Promise<void> {
  const write = async (name: string, content: Iterable<string> | AsyncIterable<Uint8Array>) => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  const keys = (await store.list(artifacts.run)).filter((key) => !REPEATED.test(key))
  // One at a time, piece by piece: a run may be larger than memory, and so may one of its tables.
  for (const key of keys) {
    const reference = await store.find(key)
    if (reference !== null) await write(key.slice(artifacts.run.length + 1), store.pieces(reference))
  }
  await write('report.json', [`${JSON.stringify(reportOf(artifacts), null, 2)}\n`])
  print(`Written: ${keys.length + 1} files in ${resolve(folder)}`)
}

/** Other programs that draw curves. TensorBoard's writer is in the environment of set-up, the others bring their own. */
const DRAWERS = ['tensorboard', 'mlflow', 'wandb'] as const
type Drawer = (typeof DRAWERS)[number]

/** Writes the curves of a run in the format of such a program, by its own client. */
async function exportCurves(artifacts: RunArtifacts, drawer: Drawer, folder: string, python?: string): Promise<void> {
  const { run, config } = artifacts
  const program = python ?? (drawer === 'tensorboard' ? await mlPython() : 'python3')
  const script = join(ROOT, 'ml', 'agent0_ml', 'export_curves.py')
  const { status, error } = spawnSync(program, [script, drawer, folder], {
    input: JSON.stringify({ run, config, curves: curvesOf(artifacts) }),
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  if (status !== 0) throw new SetupProblem(`${error?.message ?? `${program} did not write them`}: nothing is exported.`)
  print(`Written for ${drawer}: ${resolve(folder)}`)
}

interface ExportFlags {
  to: string
  as?: Drawer
  python?: string
  store?: string
}

/** `agent0 export`: what a run left, for other programs. */
export function addExportCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('export <run>')
    .description('write the tables (Parquet), records (JSON) and report of a run into a new folder')
    .requiredOption('--to <folder>', 'a folder that is empty or does not exist')
    .addOption(new Option('--as <program>', 'its curves alone, in the format of that program').choices(DRAWERS))
    .option('--python <program>', 'the Python in which MLflow or W&B is installed (python3)')
    .option('--store <folder>', "another store than this machine's")
    .action(async (run: string, { to, as: drawer, python, store: folder }: ExportFlags) => {
      if (existsSync(to) && readdirSync(to).length > 0) {
        printError(`${resolve(to)} is not empty: name a new folder.`)
        return finish(1)
      }
      const write = (store: ArtifactStore, artifacts: RunArtifacts) =>
        drawer === undefined ? exportRun(store, artifacts, to) : exportCurves(artifacts, drawer, to, python)
      return finish(await withRun(run, folder, write))
    })
}
