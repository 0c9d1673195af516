import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT } from '../host/paths.mjs'
import { faultFigures, type FaultyRun, faultyVictims } from './fault-figures.ts'
import type { BenchOptions, Figure } from './figures.ts'

const CONFIG = join(ROOT, 'configs', 'faults.yaml')
/** Those of the chaos suite, which no bench may import. */
const RUNS = join(ROOT, 'tests', 'chaos', 'faulty-runs.ts')
const EVERY_S = '60'

/** Wall times of runs with a kill per minute, each between two that nobody disturbs. */
export async function benchFaults({ victims, config = CONFIG, every = EVERY_S }: BenchOptions): Promise<Figure[]> {
  const wanted = victims?.split(',') ?? faultyVictims
  const unknown = wanted.filter((name) => !faultyVictims.some((known) => known === name))
  if (unknown.length > 0) throw new Error(`no victims: ${unknown.join(', ')}; there are: ${faultyVictims.join(', ')}`)
  const child = spawn(process.execPath, [RUNS, config, every, ...wanted], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const runs: FaultyRun[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const run = JSON.parse(line) as FaultyRun
    runs.push(run)
    console.error(`${run.victim ?? 'undisturbed'}: ${run.seconds.toFixed(1)} s, ${run.kills} kills`)
  }
  const [code] = (await exited) as [number | null]
  if (code !== 0) throw new Error(`the runs broke off after ${runs.length} of ${1 + 2 * wanted.length}`)
  return faultFigures(runs)
}
