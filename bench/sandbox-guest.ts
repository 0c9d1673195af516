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
import { type BenchOptions, type Figure, median } from './figures.ts'
import { PROGRAMS, type ProgramName } from './sandbox-programs.ts'

const GUEST = 'services/sandbox/guest'
const BOOTS = 11
const ROUNDS_PER_BOOT = 9
/** Programs of a burst: some tenths of a second. */
const BURST: Record<ProgramName, number> = { print: 120, solve: 10 }
const TEMPLATES: Record<ProgramName, Template> = { print: 'bare', solve: 'math' }

/** CPU time of a program, milliseconds. */
interface Cost {
  /** Of the guest and the program. */
  slot: number
  /** With that of the host. */
  whole: number
}
/** Of the other revision's guest and of the present one. */
type Pair<Value> = readonly [before: Value, now: Value]

/** The guest of a revision, in a folder of its own. */
function guestOf(revision: string, folder: string): string {
  const archive = execFileSync('git', ['archive', revision, GUEST], { cwd: ROOT, maxBuffer: 1 << 26 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  return join(folder, GUEST)
}

/** The guests among the processes that descend from this one: each Python that no Python has forked. */
function guests(): number[] {
  const seen = new Map<number, { parent: number; isPython: boolean }>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))![1])
      seen.set(Number(name), { parent, isPython: readFileSync(`/proc/${name}/comm`, 'utf8').startsWith('python') })
    } catch {
      // it has ended
    }
  const descends = (pid: number): boolean => pid === process.pid || (seen.has(pid) && descends(seen.get(pid)!.parent))
  const isGuest = (pid: number) => seen.get(pid)!.isPython && seen.get(seen.get(pid)!.parent)?.isPython !== true
  return [...seen.keys()].filter((pid) => isGuest(pid) && descends(pid))
}

/** A slot, and the CPU time of its processes. */
class MeasuredSlot {
  readonly #slot: Slot
  readonly #guest: number

  private constructor(slot: Slot, guest: number) {
    this.#slot = slot
    this.#guest = guest
  }

  static async boot(rootfs: string, guest: string, template: Template, index: number): Promise<MeasuredSlot> {
    const others = new Set(guests())
    const slots = await BubblewrapSlots.open({ rootfs, guest })
    const slot = new Slot(await slots.boot(index, template), slots.guarantees)
    await slot.ready(60_000)
    const pid = guests().find((each) => !others.has(each))
    if (pid === undefined) throw new Error('the guest of a slot is not among the processes')
    return new MeasuredSlot(slot, pid)
  }

  /** CPU time of the guest itself, milliseconds. */
  #guestMs(): number {
    return Number(readFileSync(`/proc/${this.#guest}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  }

  /** CPU time per program, milliseconds: of the guest and the program, and of our own share with them. */
  async burst(name: ProgramName): Promise<Cost> {
    const { source, prints } = PROGRAMS[name]
    const [before, ours] = [this.#guestMs(), process.cpuUsage()]
    let programsMs = 0
    for (let left = BURST[name]; left > 0; left--) {
      const { verdict } = await this.#slot.run({ source, seed: left }, defaultLimits, false)
      if (verdict.stdout !== prints) throw new Error(`${name} printed ${JSON.stringify(verdict)}`)
      programsMs += verdict.cpuMs
    }
    const { user, system } = process.cpuUsage(ours)
    const slot = this.#guestMs() - before + programsMs
    return { slot: slot / BURST[name], whole: (slot + (user + system) / 1_000) / BURST[name] }
  }

  close(): Promise<void> {
    return this.#slot.destroy()
  }
}

/** The median of ratios that were measured in pairs, and its 95 % interval: between which of them it lies, by their ranks. */
function medianRatio(pairs: readonly Pair<number>[]): { ratio: number; from: number; to: number } {
  const ratios = pairs.map(([before, now]) => before / now).toSorted((one, other) => one - other)
  const reach = 0.98 * Math.sqrt(ratios.length)
  const at = (rank: number) => ratios[Math.round(rank)]!
  return { ratio: median(ratios), from: at(ratios.length / 2 - reach), to: at(ratios.length / 2 + reach - 1) }
}

/** Bursts in turn, in slots of both guests: each is first in every second round, because a machine is not the same twice. */
async function pairedBursts(name: ProgramName, rootfs: string, folders: Pair<string>): Promise<Pair<Cost>[]> {
  const slots: MeasuredSlot[] = []
  try {
    for (const [index, guest] of folders.entries())
      slots.push(await MeasuredSlot.boot(rootfs, guest, TEMPLATES[name], index))
    for (const slot of slots) await slot.burst(name)
    const pairs: Pair<Cost>[] = []
    for (let round = 0; round < ROUNDS_PER_BOOT; round++) {
      const isSwapped = round % 2 === 1
      const [first, second] = isSwapped ? [slots[1]!, slots[0]!] : [slots[0]!, slots[1]!]
      const [one, other] = [await first.burst(name), await second.burst(name)]
      pairs.push(isSwapped ? [other, one] : [one, other])
    }
    return pairs
  } finally {
    for (const slot of slots) await slot.close()
  }
}

async function compare(name: ProgramName, rootfs: string, folders: Pair<string>): Promise<Figure[]> {
  const rounds: Pair<Cost>[] = []
  // Where its memory happens to lie makes one slot dearer than another.
  for (let boot = 0; boot < BOOTS; boot++) rounds.push(...(await pairedBursts(name, rootfs, folders)))
  return (['slot', 'whole'] as const).flatMap((part) => {
    const pairs = rounds.map(([before, now]) => [before[part], now[part]] as const)
    const { ratio, from, to } = medianRatio(pairs)
    const title = `${name}, CPU time ${part === 'slot' ? 'in the slot' : 'in the slot and on the host'}`
    return [
      { name: `${title}: before`, value: median(pairs.map(([before]) => before)), unit: 'ms' },
      { name: `${title}: now`, value: median(pairs.map(([, now]) => now)), unit: 'ms' },
      { name: `${title}: before / now`, value: ratio, unit: `(${from.toFixed(3)} to ${to.toFixed(3)})` },
    ]
  })
}

/** What a program costs in a slot, beside the guest of another revision (`--before`), in paired bursts. Needs bubblewrap. */
export async function benchGuest({ before }: BenchOptions): Promise<Figure[]> {
  if (before === undefined) throw new Error('--before: the revision whose guest is the other of the pair')
  const folder = mkdtempSync(join(tmpdir(), 'agent0-guest-'))
  try {
    execFileSync('chmod', ['755', folder])
    const folders = [guestOf(before, folder), join(ROOT, GUEST)] as const
    const { rootfs } = await ensureRootfs({ cacheFolder: cacheFolder(), log: () => undefined })
    const figures: Figure[] = []
    for (const name of ['print', 'solve'] as const) figures.push(...(await compare(name, rootfs, folders)))
    return figures
  } finally {
    rmSync(folder, { recursive: true })
  }
}
