import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { acquireLock } from '../setup/lock.mjs'
import { portOwner } from './port-owner.ts'
import { endProcess } from './process-identity.ts'
import { serviceTable, type UpOptions } from './service-table.ts'
import { liveReport, readReport, statePaths, type SupervisorReport } from './state-file.ts'

export type UpOutcome =
  | { kind: 'up'; already: boolean; report: SupervisorReport }
  | { kind: 'refused'; sentence: string }
  | { kind: 'failed'; sentence: string; logTail: string }

const READY_WITHIN_MS = 60_000
const POLL_MS = 100
/** So many lives that did not last: what is wrong does not mend itself. */
const STARTS_AT_MOST = 3
const ORPHAN_GRACE_MS = 20_000
const TAIL_LINES = 8

/** A supervisor that was killed takes its services with it; what is still ending must be gone before new ones start. */
async function endOrphans(stateFolder: string): Promise<void> {
  const processes = readReport(stateFolder)?.services.flatMap((service) => service.process ?? []) ?? []
  await Promise.all(processes.map((identity) => endProcess(identity, ORPHAN_GRACE_MS)))
}

function takenPort(options: UpOptions): string | undefined {
  for (const service of serviceTable(options)) {
    for (const { port, option } of service.ports) {
      const owner = portOwner(port)
      if (owner === undefined) continue
      const who = owner === 'unknown' ? "another user's process" : `pid ${owner.pid} (${owner.command})`
      return `Port ${port}, which ${service.name} wants, is taken by ${who}: end that, or choose another with ${option} NUMBER.`
    }
  }
  return undefined
}

/** The last lines of a log, as a person wants to see them under an error. */
export function tailOfLog(file: string, lines: number): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : ''
}

/** Starts the supervisor's process, which the kernel lets live only once per state folder. */
export function spawnSupervisor(options: UpOptions, { foreground }: { foreground: boolean }): ChildProcess {
  const paths = statePaths(options.stateFolder)
  mkdirSync(paths.logs, { recursive: true })
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const log = foreground ? 'inherit' : openSync(paths.log('supervisor'), 'a')
  const command = ['--no-fork', '--nonblock', paths.lock('supervisor'), process.execPath, main, JSON.stringify(options)]
  const child = spawn('flock', command, { detached: !foreground, stdio: ['ignore', log, log] })
  if (typeof log === 'number') closeSync(log)
  if (!foreground) child.unref()
  return child
}

async function waitUntilHealthy(options: UpOptions, child: ChildProcess): Promise<UpOutcome> {
  const { stateFolder } = options
  const fail = (name: string, sentence: string): UpOutcome => {
    const log = statePaths(stateFolder).log(name)
    return { kind: 'failed', sentence: `${sentence} The whole log: ${log}`, logTail: tailOfLog(log, TAIL_LINES) }
  }
  const deadline = performance.now() + READY_WITHIN_MS
  for (;;) {
    const report = liveReport(stateFolder)
    const ours = report?.services ?? []
    if (report !== undefined && ours.every((service) => service.state === 'healthy')) {
      return { kind: 'up', already: false, report }
    }
    const dying = ours.find((service) => service.restarts >= STARTS_AT_MOST)
    if (dying !== undefined) return fail(dying.name, `${dying.name} does not start: ${dying.reason}.`)
    if (child.exitCode !== null && report === undefined) return fail('supervisor', 'The supervisor ended at once.')
    if (performance.now() > deadline) {
      const late = ours.find((service) => service.state !== 'healthy')
      return fail(late?.name ?? 'supervisor', `${late?.name ?? 'The supervisor'} is not healthy after 60 s.`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** What stands in the way of starting, or the report of what already runs; undefined: go ahead. */
export async function beforeUp(options: UpOptions): Promise<UpOutcome | undefined> {
  const running = liveReport(options.stateFolder)
  if (running !== undefined) return { kind: 'up', already: true, report: running }
  await endOrphans(options.stateFolder)
  const sentence = takenPort(options)
  return sentence === undefined ? undefined : { kind: 'refused', sentence }
}

async function upAlone(options: UpOptions): Promise<UpOutcome> {
  const known = await beforeUp(options)
  if (known !== undefined) return known
  const outcome = await waitUntilHealthy(options, spawnSupervisor(options, { foreground: false }))
  if (outcome.kind === 'failed') {
    const report = liveReport(options.stateFolder)
    if (report !== undefined) await endProcess(report.supervisor, ORPHAN_GRACE_MS)
  }
  return outcome
}

/**
 * Starts this machine's services under a supervisor that outlives us, and waits until all are healthy. Of two calls at
 * once the second waits for the first and finds its services running.
 */
export async function up(options: UpOptions): Promise<UpOutcome> {
  const release = await acquireLock(statePaths(options.stateFolder).lock('up'))
  try {
    return await upAlone(options)
  } finally {
    release()
  }
}
