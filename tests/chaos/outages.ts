import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from '../../host/process-identity.ts'
import { eventually } from './eventually.ts'
import { midFanOut, midStep, retryShown } from './observe.ts'
import { type OwnRun, RUN } from './own-run.ts'
import { recovery } from './recovery.ts'
import { fillDisk } from './small-disk.ts'
import { SERVICES } from './victims.ts'
import { failureTypes } from '../../contracts/errors.ts'

// Outages in which nobody dies at first: the run must say why it waits, and go on by itself.

const ENDLESS = 1_000_000
/** How many there are in garbage.py, and what a client says of any of them. */
const GARBAGE_KINDS = 18
const GARBAGE_REASON = /incomplete response|is not a valid vLLM response|no healthy model server|: 50\d/
const WATCHDOG_WITHIN_MS = 300_000

/** Every request is refused with 429 or 503 until activities have given up and are tried again. */
export async function storm(run: OwnRun): Promise<number | null> {
  await midFanOut(run, 'curation')
  await run.fault('busy', ENDLESS)
  await retryShown(run, /busy on demand/, 'rolloutTask')
  return recovery(run, () => run.fault('busy', 0))
}

/** Each kind of garbage that the server sends, and how often it has. */
function garbageSent(run: OwnRun): Map<string, number> {
  const file = join(run.faultsFolder, 'garbage.jsonl')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  const sent = new Map<string, number>()
  for (const line of lines) {
    const { garbage } = JSON.parse(line) as { garbage: string }
    sent.set(garbage, (sent.get(garbage) ?? 0) + 1)
  }
  return sent
}

/**
 * Whatever a client of the server asks it is answered with broken JSON, half characters, megabytes or other shapes, until every
 * kind was sent several times and activities have failed. The workers must be those that there were.
 */
export async function garbage(run: OwnRun): Promise<number | null> {
  await midFanOut(run, 'curation')
  const workers = SERVICES.filter((service) => service.startsWith('worker-'))
  const lives = () => JSON.stringify(workers.map((service) => run.process(service)))
  const before = lives()
  await run.fault('garbage', ENDLESS)
  await retryShown(run, GARBAGE_REASON, 'rolloutTask')
  const isSent = () => {
    const counts = [...garbageSent(run).values()]
    return counts.length === GARBAGE_KINDS && counts.every((count) => count >= 3)
  }
  await eventually('every kind of garbage was sent three times', isSent, { withinMs: 240_000 })
  const seconds = await recovery(run, () => run.fault('garbage', 0))
  if (lives() !== before) throw new Error('a worker has ended')
  return seconds
}

/** The engine computes nothing more while its front answers 200: only a watchdog can tell. */
export async function hangingServer(run: OwnRun): Promise<number | null> {
  await midFanOut(run, 'curation')
  const server = run.process('model-server')
  return recovery(run, async () => {
    await run.fault('hang', 1)
    const isSaid = () => {
      const { state, reason } = run.report().services.find(({ name }) => name === 'model-server')!
      return state === 'unhealthy' && /no tokens are produced/.test(reason ?? '')
    }
    await eventually('the watchdog says that the engine hangs', isSaid, { withinMs: WATCHDOG_WITHIN_MS })
    const { status } = await fetch(`${run.url('model')}/health`)
    if (status !== 200) throw new Error(`/health answers ${status}: that is no hang behind a healthy front`)
    await eventually('the watchdog ends it', () => !isAlive(server), { withinMs: WATCHDOG_WITHIN_MS })
  })
}

/** Waits until a command of `agent0` that goes on by itself prints a line. */
async function printed(run: OwnRun, line: RegExp, ...args: string[]): Promise<void> {
  const child = spawn(...run.commandOf(...args))
  let said = ''
  child.stdout.on('data', (data) => (said += String(data)))
  try {
    await eventually(`"agent0 ${args.join(' ')}" says: ${line.source}`, () => line.test(said))
  } finally {
    child.kill('SIGKILL')
  }
}

/** The store's disk fills while tasks are rolled out, and again while the trainer computes; each time room is made later. */
export async function fullDisk(run: OwnRun): Promise<number | null> {
  const isFull = /disk (of|holding) \S+ is full/
  await midFanOut(run, 'curation')
  let makeRoom = fillDisk(run.storeFolder)
  await retryShown(run, isFull, 'rolloutTask')
  const status = (await run.agent0('status', RUN)).replaceAll(/\s+/g, ' ')
  if (!isFull.test(status) || !status.includes(failureTypes['Infra.DiskFull'].advice))
    throw new Error(`"agent0 status" does not say that the disk is full, and what to do: ${status}`)
  await printed(run, isFull, 'watch', RUN)
  makeRoom()
  await midStep(run, 'executor', 1, 1)
  const trainer = run.process('trainer')
  process.kill(trainer.pid, 'SIGSTOP') // so that it has something to write still
  makeRoom = fillDisk(run.storeFolder)
  process.kill(trainer.pid, 'SIGCONT')
  await retryShown(run, /No space left|is full/, 'trainStep')
  return recovery(run, async () => makeRoom())
}
