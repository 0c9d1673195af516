import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../host/paths.mjs'
import { endProcess, identify } from '../../host/process-identity.ts'
import { statePaths } from '../../infra/supervisor/state-file.ts'
import type { OwnRun } from './own-run.ts'

const GRACE_MS = 30_000

/** A second rollout worker, told what the first one is told, as on another machine. `end` it. */
export function startSecondRolloutWorker(run: OwnRun): { end: () => Promise<void> } {
  const { pid } = run.process('worker-rollout')
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
  // Without the first one's port, and without its lock, behind which it would only wait.
  const {
    AGENT0_METRICS: _,
    AGENT0_LOCK: __,
    ...env
  } = Object.fromEntries(
    pairs.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  // The census finds a worker's containers by the pids in that log.
  const log = openSync(statePaths(run.stateFolder).log('worker-rollout'), 'a')
  const child = spawn(process.execPath, [join(ROOT, 'workers', 'main.ts'), 'rollout'], {
    env,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const life = identify(child.pid!)!
  return { end: () => endProcess(life, GRACE_MS) }
}
