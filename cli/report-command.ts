import { type Command, Option } from 'commander'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { reportOf, type RunArtifacts } from '../core/report/run-report.ts'
import type { ArtifactStore } from '../services/artifact-store/open.ts'
import { readTrajectories } from '../report/read-trajectories.ts'
import { textReport } from '../report/text-report.ts'
import { withRun } from './with-run.ts'
import { print, printJson } from './print.ts'

interface ReportFlags {
  store?: string
  json?: true
  html?: string
}

async function report(store: ArtifactStore, artifacts: RunArtifacts, { json, html }: ReportFlags): Promise<void> {
  const data = reportOf(artifacts)
  if (html === undefined) return json ? printJson(data, 2) : print(textReport(data))
  // Loaded here, as the plotting library is slow to load and no other command needs it.
  const { htmlReport } = await import('../report/html/page.ts')
  writeFileSync(html, htmlReport(artifacts, data, await readTrajectories(store, artifacts)))
  print(`Written: ${resolve(html)}`)
}

/** `agent0 report`: the results of a run, read from its stored artifacts. */
export function addReportCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('report <run>')
    .description('the results of a run, iteration by iteration')
    .option('--json', 'the same as data, with the curves of all training steps')
    .addOption(
      new Option(
        '--html <file>',
        'the same with figures and whole trajectories, as one page without a network',
      ).conflicts('json'),
    )
    .option('--store <folder>', "another store than this machine's")
    .action(async (run: string, flags: ReportFlags) =>
      finish(await withRun(run, flags.store, (store, artifacts) => report(store, artifacts, flags))),
    )
}
