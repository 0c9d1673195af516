import type { ExecutionResult } from '../contracts/execution-result.ts'
import { defaultLimits, openSandbox } from '../services/sandbox/open.ts'
import { type Figure, median } from './figures.ts'
import { benchSandboxMemory } from './sandbox-memory.ts'
import { PROGRAMS, type ProgramName } from './sandbox-programs.ts'
import { openWays, type Way } from './sandbox-ways.ts'

const BURST_MS = 1_500
const ROUNDS = 3
const CALLERS = [8, 1, 2, 32]

interface Burst {
  perSecond: number
  /** Latency with queueing, milliseconds. */
  p50: number
  p95: number
}

/** A closed loop of `callers` for a while; every result is checked. */
async function burst(way: Way, name: ProgramName, callers: number): Promise<Burst> {
  const { source, prints } = PROGRAMS[name]
  const times: number[] = []
  const started = performance.now()
  const caller = async () => {
    do {
      const began = performance.now()
      const printed = await way.run(source)
      if (printed !== prints) throw new Error(`${way.name} printed ${JSON.stringify(printed)} for ${name}`)
      times.push(performance.now() - began)
    } while (performance.now() - started < BURST_MS)
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const sorted = times.toSorted((a, b) => a - b)
  const seconds = (performance.now() - started) / 1_000
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return { perSecond: times.length / seconds, p50: at(0.5), p95: at(0.95) }
}

/** All ways in turn, several rounds: what disturbs the machine disturbs all of them. */
async function compare(ways: readonly Way[], name: ProgramName, callers: number): Promise<Figure[]> {
  const rounds: Burst[][] = []
  for (let round = 0; round < ROUNDS; round++) {
    const bursts: Burst[] = []
    for (const way of ways) bursts.push(await burst(way, name, callers))
    rounds.push(bursts)
  }
  return ways.flatMap((way, index) => {
    const of = (pick: (burst: Burst) => number) => median(rounds.map((bursts) => pick(bursts[index]!)))
    const title = `${name}, ${callers} callers, ${way.name}`
    const ratio = median(rounds.map((bursts) => bursts[0]!.perSecond / bursts[index]!.perSecond))
    return [
      { name: `${title}: throughput`, value: of((one) => one.perSecond), unit: '/s' },
      { name: `${title}: p50`, value: of((one) => one.p50), unit: 'ms' },
      { name: `${title}: p95`, value: of((one) => one.p95), unit: 'ms' },
      ...(index > 0 ? [{ name: `${title}: ours on docker is so many times as fast`, value: ratio, unit: '×' }] : []),
    ]
  })
}

/** Of 100: what a model's programs are like; T = 2 s. */
const MIX: [count: number, source: string, kind: ExecutionResult['kind']][] = [
  [60, PROGRAMS.print.source, 'ok'],
  [30, PROGRAMS.solve.source, 'ok'],
  [5, '1/0', 'error'],
  [3, 'while True: pass', 'timeout'],
  [2, 'x = []\nwhile True: x.append(bytearray(1 << 20))', 'error'],
]

/** 200 programs at 32 callers, 3 % of which run into their time limit: those set the throughput. */
async function mixedLoad(): Promise<Figure[]> {
  const sandbox = await openSandbox({ backend: 'docker', memo: false })
  const hundred = MIX.flatMap(([count, source, kind]) => Array.from({ length: count }, () => ({ source, kind })))
  // 37 has no divisor in common with 100: every kind is spread over the whole load.
  const load = Array.from({ length: 200 }, (_, index) => hundred[(index * 37) % 100]!)
  let next = 0
  let wrong = 0
  await sandbox.execute({ source: 'print(1)', seed: 0 }, defaultLimits)
  const started = performance.now()
  const caller = async () => {
    for (let one = load[next++]; one !== undefined; one = load[next++]) {
      const limits = { ...defaultLimits, cpuMs: 2_000, wallMs: 4_000 }
      const { verdict } = await sandbox.execute({ source: one.source, seed: next }, limits)
      if (verdict.kind !== one.kind) wrong++
    }
  }
  await Promise.all(Array.from({ length: 32 }, caller))
  const seconds = (performance.now() - started) / 1_000
  await sandbox.close()
  return [
    { name: 'mixed load with 3 % time-outs, 32 callers', value: load.length / seconds, unit: '/s' },
    { name: 'the same: wrong verdicts of 200', value: wrong, unit: '' },
  ]
}

/** The whole takes minutes: what is measured is said at once. */
function tell(figures: Figure[]): Figure[] {
  for (const { name, value, unit } of figures) console.error(`${name}: ${Number(value.toPrecision(3))} ${unit}`)
  return figures
}

/** Programs per second and latency, ours and what others do, in paired runs. */
async function throughput(): Promise<Figure[]> {
  const ways = await openWays()
  try {
    const figures: Figure[] = []
    for (const callers of CALLERS)
      for (const name of ['print', 'solve'] as const) figures.push(...tell(await compare(ways, name, callers)))
    return figures
  } finally {
    for (const way of ways) await way.close()
  }
}

/** Needs root, an engine and bubblewrap. */
export async function benchSandbox(): Promise<Figure[]> {
  return [...(await throughput()), ...tell(await mixedLoad()), ...tell(await benchSandboxMemory())]
}
