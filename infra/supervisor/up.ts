import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { acquireLock } from '../../host/lock.mjs'
import { makePrivateFolder } from '../../host/private-folder.mjs'
import { lastError } from './last-error.ts'
import { modelProblem } from './model-problem.ts'
import { portOwner } from './port-owner.ts'
import { endProcess } from '../../host/process-identity.ts'
import type { Service } from './service.ts'
import { serviceTable, type UpOptions } from './service-table.ts'
import { liveReport, processesOf, readReport, statePaths, type SupervisorReport } from './state-file.ts'

export type UpOutcome =
  | { kind: 'up'; already: boolean; report: SupervisorReport }
  | { kind: 'refused' | 'failed'; sentence: string }

const READY_WITHIN_MS = 60_000
const POLL_MS = 100
/** Starts that failed one after another: another one would fail too. */
const STARTS_AT_MOST = 3
const ORPHAN_GRACE_MS = 20_000
/** Exit code of the supervisor's process where another one runs with the same state folder. */
export const ANOTHER_RUNS = 75

/** A supervisor that was killed takes its services with it; what is still ending must be gone before new ones start. */
async function endOrphans(stateFolder: string): Promise<void> {
  const report = readReport(stateFolder)
  const processes = report === undefined ? [] : processesOf(report)
  await Promise.all(processes.map((identity) => endProcess(identity, ORPHAN_GRACE_MS)))
}

/** Why the ports of the table cannot be had, in one sentence. */
function portProblem(table: readonly Service[]): string | undefined {
  const wanted = table.flatMap((service) => service.ports.map(({ port }) => port))
  if (new Set(wanted).size < wanted.length) return `Different ports are needed, not ${wanted.join(', ')}.`
  for (const service of table) {
    for (const { port, option } of service.ports) {
      const owner = portOwner(port)
      if (owner === undefined) continue
      const who = owner === 'unknown' ? "another user's process" : `pid ${owner.pid} (${owner.command})`
      return `Port ${port}, which ${service.name} wants, is taken by ${who}: end that, or choose another with ${option} NUMBER.`
    }
  }
  return undefined
}

/** What a log says from `offset` on: what was written before this start explains nothing. */
function logSince(file: string, offset: number): string {
  return existsSync(file) ? readFileSync(file).subarray(offset).toString() : ''
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** Starts the supervisor's process, which the kernel lets live only once per state folder. */
export function spawnSupervisor(options: UpOptions, { foreground }: { foreground: boolean }): ChildProcess {
  const paths = statePaths(options.stateFolder)
  makePrivateFolder(options.stateFolder)
  mkdirSync(paths.logs, { recursive: true })
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const log = foreground ? 'inherit' : openSync(paths.log('supervisor'), 'a')
  const guards = ['--no-fork', '--nonblock', '--conflict-exit-code', String(ANOTHER_RUNS), paths.lock('supervisor')]
  const command = [...guards, process.execPath, main, JSON.stringify(options)]
  const child = spawn('flock', command, { detached: !foreground, stdio: ['ignore', log, log] })
  if (typeof log === 'number') closeSync(log)
  if (!foreground) child.unref()
  return child
}

/** @param child the supervisor that we have started; none where one runs already */
async function waitUntilHealthy(
  stateFolder: string,
  table: readonly Service[],
  child?: ChildProcess,
): Promise<UpOutcome> {
  const logs = ['supervisor', ...table.map((service) => service.name)]
  const readyWithinMs = Math.max(READY_WITHIN_MS, ...table.map(({ startsWithinMs = 0 }) => startsWithinMs))
  const before = new Map(logs.map((name) => [name, sizeOf(statePaths(stateFolder).log(name))]))
  const fail = (name: string, what: string): UpOutcome => {
    const log = statePaths(stateFolder).log(name)
    const why = lastError(logSince(log, before.get(name) ?? 0))?.replace(/\.$/, '') ?? 'it has logged nothing'
    return { kind: 'failed', sentence: `${name} ${what}: ${why}.\nIts log: ${log}` }
  }
  const deadline = performance.now() + readyWithinMs
  for (;;) {
    const report = liveReport(stateFolder)
    const ours = report?.services ?? []
    if (report !== undefined && ours.every((service) => service.state === 'healthy')) {
      return { kind: 'up', already: child === undefined, report }
    }
    const dying = ours.find((service) => service.restarts >= STARTS_AT_MOST)
    if (dying !== undefined) return fail(dying.name, `does not start (${dying.reason})`)
    if (child !== undefined && child.exitCode !== null && report === undefined)
      return fail('supervisor', `does not start (ended with exit code ${child.exitCode})`)
    if (performance.now() > deadline) {
      const late = ours.find((service) => service.state !== 'healthy')
      const reason = late?.reason === undefined ? '' : ` (${late.reason})`
      return fail(late?.name ?? 'supervisor', `is not healthy after ${readyWithinMs / 1_000} s${reason}`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const temporalProblem = ({ machine, temporalCli }: UpOptions) =>
  machine.temporal.address === 'own' && temporalCli === undefined
    ? 'There is no Temporal server on this machine yet: run "npm run setup".'
    : undefined

/** What stands in the way of starting, or the report of what already runs; undefined: go ahead. */
export async function beforeUp(options: UpOptions, table = serviceTable(options)): Promise<UpOutcome | undefined> {
  const running = liveReport(options.stateFolder)
  if (running !== undefined) return { kind: 'up', already: true, report: running }
  await endOrphans(options.stateFolder)
  const sentence = temporalProblem(options) ?? modelProblem(options.model) ?? portProblem(table)
  return sentence === undefined ? undefined : { kind: 'refused', sentence }
}

async function upAlone(options: UpOptions): Promise<UpOutcome> {
  const { stateFolder } = options
  const table = serviceTable(options)
  const known = await beforeUp(options, table)
  if (known?.kind === 'up') return waitUntilHealthy(stateFolder, table)
  if (known !== undefined) return known
  const outcome = await waitUntilHealthy(stateFolder, table, spawnSupervisor(options, { foreground: false }))
  if (outcome.kind === 'failed') {
    const report = liveReport(stateFolder)
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
