// npm run bare-machine -- quickstart [--cache warm] [--minutes 30] [--keep]: up to the first vote
// npm run bare-machine -- test [PATHS OF TESTS]                           : npm test, or set-up and these tests alone
// Runs a command of the README on a bare machine: a fresh root file system with Debian, Node, Python with pip and Go.
import type { ChildProcess } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { machineLine } from '../../bench/machine.ts'
import { cacheFolder } from '../../host/paths.mjs'
import { findHostTools } from './host-tools.ts'
import { CACHE, CHECKOUT, makeRoot } from './make-root.ts'
import { runInside } from './run-inside.ts'

const VOTES = 'runs/*/iter-*/*/step-*/*-outcomes.jsonl'
const LOOKED_FOR_EVERY_MS = 500
const MINUTE_MS = 60_000

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    cache: { type: 'string', default: 'cold' },
    minutes: { type: 'string', default: '30' },
    keep: { type: 'boolean', default: false },
  },
})

/** Ctrl-C: what was started is ended and the folder removed, as at any other end. */
const interrupted = new AbortController()

function usage(): never {
  console.error('npm run bare-machine -- quickstart|test [PATHS OF TESTS] [--cache cold|warm] [--minutes N] [--keep]')
  process.exit(2)
}

/** Prints what the command says, each line with the seconds since its start. */
function show(child: ChildProcess, startedAt: number): void {
  for (const stream of [child.stdout!, child.stderr!])
    createInterface(stream).on('line', (line) => {
      console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${line}`)
    })
}

/** Resolves when a vote is in the store of the bare machine's checkout. */
async function firstVote(root: string, signal: AbortSignal): Promise<void> {
  const store = join(root, CHECKOUT, '.agent0', 'store')
  while (!signal.aborted && globSync(VOTES, { cwd: store }).length === 0)
    await new Promise((resolve) => setTimeout(resolve, LOOKED_FOR_EVERY_MS))
}

type End = { kind: 'vote' } | { kind: 'late' } | { kind: 'ended'; code: number | null }

/** Runs the command until it ends, or the first vote is there, or time is up; then ends all that it has started. */
async function watch(child: ChildProcess, root: string, untilVote: boolean): Promise<End> {
  const over = new AbortController()
  interrupted.signal.addEventListener('abort', () => child.kill('SIGKILL'))
  const exited = new Promise<End>((resolve) => child.on('exit', (code) => resolve({ kind: 'ended', code })))
  const late = new Promise<End>((resolve) => {
    setTimeout(() => resolve({ kind: 'late' }), Number(values.minutes) * MINUTE_MS).unref()
  })
  const vote = firstVote(root, over.signal).then((): End => ({ kind: 'vote' }))
  const end = await Promise.race([exited, late, ...(untilVote ? [vote] : [])])
  over.abort()
  child.kill('SIGKILL')
  await exited
  return end
}

async function main(): Promise<number> {
  const [name, ...paths] = positionals
  if ((name !== 'quickstart' && name !== 'test') || !['cold', 'warm'].includes(values.cache)) usage()
  const tools = await findHostTools()
  const folder = mkdtempSync(join(tmpdir(), 'agent0-bare-'))
  const root = join(folder, 'root')
  try {
    console.log(`${machineLine()}\nmaking a bare machine in ${root}`)
    await makeRoot(root, tools, interrupted.signal)
    if (values.cache === 'warm') {
      mkdirSync(join(root, CACHE), { recursive: true })
      cpSync(join(cacheFolder(), 'temporal-cli'), join(root, CACHE, 'temporal-cli'), { recursive: true })
    }
    const command = name === 'quickstart' ? ['npm', 'run', 'quickstart'] : ['npm', 'test', '--', ...paths]
    console.log(
      `$ ${command.join(' ')}   (cache: ${values.cache === 'warm' ? 'the Temporal server is in it' : 'empty'})`,
    )
    const startedAt = performance.now()
    const child = runInside(root, tools, command)
    show(child, startedAt)
    const end = await watch(child, root, name === 'quickstart')
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    if (end.kind === 'vote') console.log(`the first vote after ${seconds} s`)
    else if (end.kind === 'late') console.log(`not done after ${values.minutes} minutes`)
    else console.log(`${command.join(' ')} ended with ${end.code} after ${seconds} s`)
    return end.kind === 'vote' || (end.kind === 'ended' && end.code === 0 && name === 'test') ? 0 : 1
  } finally {
    if (values.keep) console.log(`kept: ${folder}`)
    else await execa('rm', ['-rf', '--one-file-system', folder])
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
process.exitCode = await main()
