import { type Command, Option } from 'commander'
import { existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { reportOf } from '../core/report/run-report.ts'
import { openStore, storeFolder } from '../infra/services/open-store.ts'
import { reasonOf } from '../infra/setup/problem.mjs'
import { readTrajectories } from './report/read-trajectories.ts'
import { readRun, runsIn } from './report/read-run.ts'
import { textReport } from './report/text-report.ts'
import { stateFolder } from './up-options.ts'

interface ReportFlags {
  store?: string
  json?: true
  html?: string
}

/** Prints or writes the report of a run. Gives the exit code. */
async function report(name: string, flags: ReportFlags): Promise<number> {
  const folder = flags.store ?? storeFolder(stateFolder())
  if (!existsSync(folder)) {
    console.error(`There is no store at ${folder}.`)
    return 1
  }
  const store = openStore(folder)
  try {
    const artifacts = await readRun(store, name)
    if (artifacts === null) {
      const runs = await runsIn(store)
      const there = runs.length === 0 ? 'nor any other' : `there are: ${runs.join(', ')}`
      console.error(`There is no run "${name}" in ${folder}; ${there}.`)
      return 1
    }
    const data = reportOf(artifacts)
    if (flags.html !== undefined) {
      // Loaded here, as the plotting library is slow to load and no other command needs it.
      const { htmlReport } = await import('./report/html/page.ts')
      writeFileSync(flags.html, htmlReport(artifacts, data, await readTrajectories(store, artifacts)))
      console.log(`Written: ${resolve(flags.html)}`)
    } else console.log(flags.json ? JSON.stringify(data, null, 2) : textReport(data))
    return 0
  } catch (error) {
    console.error(reasonOf(error))
    return 1
  }
}

/** `agent0 report`: what a run came to, from its stored artifacts alone. */
export function addReportCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('report <run>')
    .description('what a run came to, iteration by iteration')
    .option('--json', 'the same as data, with the curves of all training steps')
    .addOption(
      new Option(
        '--html <file>',
        'the same with figures and whole trajectories, as one page without a network',
      ).conflicts('json'),
    )
    .option('--store <folder>', "another store than this machine's")
    .action(async (run: string, flags: ReportFlags) => finish(await report(run, flags)))
}
