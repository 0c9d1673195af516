import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder, ROOT } from '../host/paths.mjs'
import { BubblewrapSlots } from '../services/sandbox/bubblewrap-slots.ts'
import { ensureRootfs } from '../services/sandbox/image/build-rootfs.mjs'
import { defaultLimits } from '../services/sandbox/open.ts'
import { Slot } from '../services/sandbox/slot.ts'
import type { Template } from '../services/sandbox/template.ts'
import { type BenchOptions, type Figure, mean } from './figures.ts'
import { PROGRAMS, type ProgramName } from './sandbox-programs.ts'

const GUEST = 'services/sandbox/guest'
const ROUNDS = 40
/** Programs of a burst; about a second of CPU time, of which the kernel counts hundredths. */
const BURST: Record<ProgramName, number> = { print: 500, solve: 40 }
const TEMPLATES: Record<ProgramName, Template> = { print: 'bare', solve: 'math' }
const TICK_MS = 10

/** The guest of a revision, in a folder of its own. */
function guestOf(revision: string, folder: string): string {
  const archive = execFileSync('git', ['archive', revision, GUEST], { cwd: ROOT, maxBuffer: 1 << 26 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  return join(folder, GUEST)
}

/** Numbers of all processes that descend from this one. */
function descendants(): number[] {
  const parents = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [[Number(pid), Number(statOf(Number(pid))[1])] as const] : []
    } catch {
      return [] // it has ended
    }
  })
  const known = new Set([process.pid])
  for (let before = 0; before < known.size;) {
    before = known.size
    for (const [pid, parent] of parents) if (known.has(parent)) known.add(pid)
  }
  known.delete(process.pid)
  return [...known]
}

/** Fields of /proc/PID/stat, from the state on. */
const statOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')

/** A slot, and the CPU time of its processes. */
class MeasuredSlot {
  readonly #slot: Slot
  readonly #pids: readonly number[]

  private constructor(slot: Slot, pids: readonly number[]) {
    this.#slot = slot
    this.#pids = pids
  }

  static async boot(rootfs: string, guest: string, template: Template, index: number): Promise<MeasuredSlot> {
    const others = new Set(descendants())
    const slots = await BubblewrapSlots.open({ rootfs, guest })
    const slot = new Slot(await slots.boot(index, template), slots.guarantees)
    await slot.ready(60_000)
    return new MeasuredSlot(
      slot,
      descendants().filter((pid) => !others.has(pid)),
    )
  }

  /** CPU time of its processes and of those that they have waited for, milliseconds. */
  #cpuMs(): number {
    const ticks = this.#pids.flatMap((pid) => {
      try {
        return statOf(pid).slice(11, 15).map(Number)
      } catch {
        return [] // the child that waited when the slot was booted
      }
    })
    return TICK_MS * ticks.reduce((sum, one) => sum + one, 0)
  }

  /** CPU time per program, milliseconds: of the slot, and of the slot with our own share. */
  async burst(name: ProgramName): Promise<{ slot: number; whole: number }> {
    const { source, prints } = PROGRAMS[name]
    const [before, ours] = [this.#cpuMs(), process.cpuUsage()]
    for (let left = BURST[name]; left > 0; left--) {
      const { verdict } = await this.#slot.run({ source, seed: left }, defaultLimits, false)
      if (verdict.stdout !== prints) throw new Error(`${name} printed ${JSON.stringify(verdict)}`)
    }
    const { user, system } = process.cpuUsage(ours)
    const slot = this.#cpuMs() - before
    return { slot: slot / BURST[name], whole: (slot + (user + system) / 1_000) / BURST[name] }
  }

  close(): Promise<void> {
    return this.#slot.destroy()
  }
}

/** The mean of ratios that were measured in pairs, and half the width of its 95 % interval. */
function meanRatio(pairs: readonly (readonly [before: number, now: number])[]): [ratio: number, halfWidth: number] {
  const ratios = pairs.map(([before, now]) => before / now)
  const middle = mean(ratios)
  const variance = ratios.reduce((sum, ratio) => sum + (ratio - middle) ** 2, 0) / (ratios.length - 1)
  return [middle, 1.96 * Math.sqrt(variance / ratios.length)]
}

async function compare(name: ProgramName, rootfs: string, guests: readonly [string, string]): Promise<Figure[]> {
  const slots: MeasuredSlot[] = []
  try {
    for (const [index, guest] of guests.entries())
      slots.push(await MeasuredSlot.boot(rootfs, guest, TEMPLATES[name], index))
    for (const slot of slots) await slot.burst(name)
    const rounds: { slot: number; whole: number }[][] = []
    for (let round = 0; round < ROUNDS; round++) {
      const pair = []
      // Each is first in every second round.
      for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) pair[index] = await slots[index]!.burst(name)
      rounds.push(pair as { slot: number; whole: number }[])
    }
    return (['slot', 'whole'] as const).flatMap((part) => {
      const pairs = rounds.map(([before, now]) => [before![part], now![part]] as const)
      const [ratio, halfWidth] = meanRatio(pairs)
      const title = `${name}, CPU time ${part === 'slot' ? 'in the slot' : 'in the slot and on the host'}`
      return [
        { name: `${title}: before`, value: mean(pairs.map(([before]) => before)), unit: 'ms' },
        { name: `${title}: now`, value: mean(pairs.map(([, now]) => now)), unit: 'ms' },
        { name: `${title}: before / now`, value: ratio, unit: `± ${halfWidth.toPrecision(1)}` },
      ]
    })
  } finally {
    for (const slot of slots) await slot.close()
  }
}

/** What a program costs in a slot, beside the guest of another revision (`--before`), in paired bursts. Needs bubblewrap. */
export async function benchGuest({ before }: BenchOptions): Promise<Figure[]> {
  if (before === undefined) throw new Error('--before: the revision whose guest is the other of the pair')
  const folder = mkdtempSync(join(tmpdir(), 'agent0-guest-'))
  try {
    execFileSync('chmod', ['755', folder])
    const guests = [guestOf(before, folder), join(ROOT, GUEST)] as const
    const { rootfs } = await ensureRootfs({ cacheFolder: cacheFolder(), log: () => undefined })
    const figures: Figure[] = []
    for (const name of ['print', 'solve'] as const) figures.push(...(await compare(name, rootfs, guests)))
    return figures
  } finally {
    rmSync(folder, { recursive: true })
  }
}
