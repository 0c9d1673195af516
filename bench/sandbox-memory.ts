import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Template } from '../services/sandbox/template.ts'
import { openSandbox } from '../services/sandbox/open.ts'
import type { Figure } from './figures.ts'

function docker(...args: string[]): string[] {
  return execFileSync('docker', args, { encoding: 'utf8' }).trim().split('\n').filter(Boolean)
}

/** Memory of a container's processes, MiB: pages that several processes share are counted by share (PSS). */
function proportionalSize(container: string): number {
  const [, ...pids] = docker('top', container, '-o', 'pid')
  // The guest and the child that waits for the next program.
  if (pids.length !== 2) return Number.NaN
  const kib = pids.map((pid) => /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid.trim()}/smaps_rollup`, 'utf8'))![1])
  return kib.reduce((sum, one) => sum + Number(one), 0) / 1_024
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The mean of each template's slots in a pool of these templates, while all of them are idle. */
async function idleSlots(title: string, templates: readonly Template[]): Promise<Figure[]> {
  const runId = `bench-memory-${process.pid}`
  const sandbox = await openSandbox({ backend: 'docker', memo: false, templates, runId })
  while (sandbox.stats().idle < templates.length) await pause(50)
  await pause(500)
  const ofRun = ['--no-trunc', '--filter', `label=agent0.run=${runId}`, '--format', '{{.ID}} {{.Command}}']
  const slots = docker('ps', ...ofRun).map((line) => ({ line, mib: proportionalSize(line.split(' ')[0]!) }))
  await sandbox.close()
  return [...new Set(templates)].map((template) => {
    const sizes = slots.filter(({ line }) => line.includes(` ${template}`)).map(({ mib }) => mib)
    const value = sizes.reduce((sum, one) => sum + one, 0) / sizes.length
    return { name: `idle ${template} slot ${title}, PSS`, value, unit: 'MiB' }
  })
}

/** Needs root and an engine, and no other sandbox on the machine: its slots would share their pages with these. */
export async function benchSandboxMemory(): Promise<Figure[]> {
  return [
    ...(await idleSlots('of the default pool of two cores', ['bare', 'math', 'bare', 'math'])),
    ...(await idleSlots('of the two of a grader', ['grader', 'grader'])),
    ...(await idleSlots('that is the only one', ['bare'])),
    ...(await idleSlots('that is the only one', ['math'])),
  ]
}
