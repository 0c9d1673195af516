import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { checkServer } from '../services/temporal/check-server.ts'
import { NOT_GUARANTEED } from '../services/sandbox/not-guaranteed.mjs'
import { defaultBackend } from '../services/sandbox/image/prepare.mjs'
import { modelProblem } from './supervisor/model-problem.ts'
import { portOwner } from './supervisor/port-owner.ts'
import { serviceTable, type UpOptions } from './supervisor/service-table.ts'
import { liveReport } from './supervisor/state-file.ts'
import { foreignFolderProblem } from '../host/own-folder.mjs'
import { cacheFolder } from '../host/paths.mjs'
import { reasonOf } from '../host/problem.mjs'
import { lookAtMachine } from './setup/machine.mjs'
import { planFor } from './setup/plan.mjs'
import type { Step } from './setup/run-steps.mjs'
import { npmDependencies } from './setup/steps/npm-dependencies.mjs'
import { findPython } from '../host/python.mjs'
import { pythonEnvironment } from './setup/steps/python-environment.mjs'
import { sandboxBackend } from './setup/steps/sandbox-backend.mjs'
import { temporalCli } from './setup/steps/temporal-cli.mjs'

/** One thing that the project needs of this machine. */
export interface Finding {
  title: string
  ok: boolean
  /** What was found. */
  found: string
  /** What to do about it, where it is not ok. */
  toDo?: string
}

/** While the Python environment is still to be installed, and afterwards. */
const DISK_LEAST_GB = { before: 8, after: 1 }
const MEMORY_LEAST_GB = 4
const GB = 1e9

function finding(title: string, ok: boolean, found: string, toDo: string): Finding {
  return ok ? { title, ok, found } : { title, ok, found, toDo }
}

async function ofStep(step: Step, toDo: string): Promise<Finding> {
  try {
    const found = await step.check()
    return finding(step.title, found !== undefined, found ?? 'not there yet', toDo)
  } catch (error) {
    return { title: step.title, ok: false, found: 'cannot be set up', toDo: reasonOf(error) }
  }
}

async function python(): Promise<Finding> {
  const title = 'Python'
  try {
    const { path, version } = await findPython()
    return { title, ok: true, found: `${version.join('.')} (${path})` }
  } catch (error) {
    return { title, ok: false, found: 'none that will do', toDo: reasonOf(error) }
  }
}

/** What set-up would do about this machine before anything else. */
async function system(): Promise<Finding> {
  const machine = await lookAtMachine()
  const plan = planFor(machine, ['npm', 'temporal', 'python', 'sandbox'])
  const title = 'System'
  if (plan.kind === 'go') return { title, ok: true, found: machine.name }
  if (plan.kind === 'stop') return { title, ok: false, found: machine.name, toDo: plan.sentences.join('\n  → ') }
  const found = `${machine.name} without ${plan.packages.join(', ')}`
  return { title, ok: false, found, toDo: 'Run "npm run setup", which installs them.' }
}

function disk(least: number): Finding {
  const cache = cacheFolder()
  const foreign = foreignFolderProblem(cache)
  if (foreign !== undefined) return { title: 'Disk', ok: false, found: cache, toDo: foreign }
  try {
    mkdirSync(cache, { recursive: true })
    accessSync(cache, constants.W_OK)
    const { bavail, bsize } = statfsSync(cache)
    const freeGb = (bavail * bsize) / GB
    const found = `${freeGb.toFixed(1)} GB free at ${cache}`
    return finding('Disk', freeGb >= least, found, `Free ${least} GB, or set AGENT0_CACHE to a folder with room.`)
  } catch (error) {
    return {
      title: 'Disk',
      ok: false,
      found: reasonOf(error),
      toDo: 'Set AGENT0_CACHE to a folder that you can write.',
    }
  }
}

function memory(): Finding {
  const gb = totalmem() / GB
  return finding('Memory', gb >= MEMORY_LEAST_GB, `${gb.toFixed(1)} GB`, `${MEMORY_LEAST_GB} GB are needed.`)
}

function ports(options: UpOptions): Finding[] {
  const title = 'Ports'
  const wanted = serviceTable(options).flatMap((service) => service.ports)
  if (wanted.length === 0) return []
  if (liveReport(options.stateFolder) !== undefined) return [{ title, ok: true, found: 'agent0 is up on this machine' }]
  const taken = wanted.filter(({ port }) => portOwner(port) !== undefined)
  const numbers = (list: typeof wanted) => list.map(({ port }) => port).join(', ')
  const found = taken.length === 0 ? `${numbers(wanted)} are free` : `taken: ${numbers(taken)}`
  const toDo = `End what holds them, or call "agent0 up" with ${taken.map(({ option }) => `${option} NUMBER`).join(' ')}.`
  return [finding(title, taken.length === 0, found, toDo)]
}

/** A server of the user's own must answer; ours must be installed. */
async function server({ machine: { temporal } }: UpOptions): Promise<Finding> {
  if (temporal.address === 'own') {
    const toDo = 'Run "npm run setup"; without a download or Go, put "temporal" on PATH or set TEMPORAL_ADDRESS.'
    return ofStep(temporalCli(), toDo)
  }
  try {
    await checkServer(temporal.address)
    return { title: 'Temporal server', ok: true, found: `yours at ${temporal.address} answers` }
  } catch (error) {
    const toDo = 'Start it, or unset TEMPORAL_ADDRESS (temporal.address in machine.yaml) to use a server of our own.'
    return { title: 'Temporal server', ok: false, found: `${temporal.address}: ${reasonOf(error)}`, toDo }
  }
}

/** The backend that is ready, and what it cannot bound. */
async function sandbox(): Promise<Finding> {
  const ready = await ofStep(sandboxBackend(), 'Without it no model-written code can run: run "npm run setup".')
  const limits = ready.ok && (await defaultBackend()) === 'bubblewrap' ? NOT_GUARANTEED : []
  return { ...ready, found: [ready.found, ...limits].join('\n    – ') }
}

function baseModel({ model }: UpOptions): Finding {
  const problem = modelProblem(model)
  const title = 'Base model'
  return problem === undefined
    ? { title, ok: true, found: `${model.base} (${model.engine.kind})` }
    : { title, ok: false, found: 'cannot be served', toDo: problem }
}

/** Everything that `npm run quickstart` needs, each with what was found and what to do. */
export async function diagnose(options: UpOptions): Promise<Finding[]> {
  const node: Finding = { title: 'Node', ok: true, found: `${process.versions.node} (the project's own)` }
  const [machine, packages, interpreter, environment, backend, temporal] = await Promise.all([
    system(),
    ofStep(npmDependencies(), 'Run "npm run setup".'),
    python(),
    ofStep(pythonEnvironment(), 'Run "npm run setup".'),
    sandbox(),
    server(options),
  ])
  const diskLeast = environment.ok ? DISK_LEAST_GB.after : DISK_LEAST_GB.before
  const rest = [baseModel(options), disk(diskLeast), memory(), ...ports(options)]
  return [machine, node, packages, interpreter, environment, backend, temporal, ...rest]
}
