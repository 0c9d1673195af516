import { seededStream, type SeededStream } from '../../core/random/seeded-stream.ts'
import { hasRecorded, progress } from './observe.ts'
import { NoProcess, type OwnRun } from './own-run.ts'
import { recovered } from './recovery.ts'
import type { Repeat } from './sampling.ts'
import { freeze, kill, killContainers, killEverything, killSupervisor, killWithSpare, SERVICES } from './victims.ts'

/** One disturbance. */
export interface Kill {
  victim: string
  /** Since the beginning of its run, seconds. */
  at: number
  /** Milliseconds since 1970, as the model server notes what it is asked for. */
  atMs: number
  /** Until all services were healthy and the run had left something new, seconds; null if its run ended before. */
  recoveredIn: number | null
}

type Victim = readonly [name: string, act: (run: OwnRun) => Promise<unknown>]

const FROZEN_MS = 5_000

const VICTIMS: readonly Victim[] = [
  ...SERVICES.map((service): Victim => [service, (run) => kill(run, service)]),
  ['trainer with its spare', (run) => killWithSpare(run, 'trainer')],
  ['model-server with its spare', (run) => killWithSpare(run, 'model-server')],
  ['sandbox containers', killContainers],
  ['supervisor, then up', killSupervisor],
  ['everything, then up', killEverything],
  ['Temporal stopped for 5 s', (run) => freeze(run, 'temporal', FROZEN_MS)],
  ['rollout worker stopped for 5 s', (run) => freeze(run, 'worker-rollout', FROZEN_MS)],
]

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Kills at random moments, about `everyMs` apart, until so many were made; over as many runs as that takes. */
export class RandomKills {
  /** Of the present run, in order. */
  kills: Kill[] = []
  left: number
  readonly #everyMs: number
  readonly #random: SeededStream

  constructor({ kills, seed, everyMs }: { kills: number; seed: number; everyMs: number }) {
    this.left = kills
    this.#everyMs = everyMs
    this.#random = seededStream(seed, 'chaos')
  }

  /** Disturbs one run until it has recorded its iteration or no kill is left. */
  disturb = async (run: OwnRun): Promise<void> => {
    const beganAt = performance.now()
    const recoveries: Promise<void>[] = []
    this.kills = []
    while (this.left > 0) {
      // The first one of a run comes sooner: a run may be shorter than the time between two.
      await sleep(this.#everyMs * ((this.kills.length === 0 ? 0 : 0.5) + this.#random.unit()))
      if (hasRecorded(run)) break
      const [victim, act] = VICTIMS[this.#random.below(VICTIMS.length)]!
      const before = progress(run)
      const killedAt = performance.now()
      const made: Kill = {
        victim,
        at: (killedAt - beganAt) / 1_000,
        atMs: Date.now(),
        recoveredIn: null,
      }
      try {
        await act(run)
      } catch (error) {
        if (!(error instanceof NoProcess)) throw error
        continue // another one, later
      }
      this.left -= 1
      this.kills.push(made)
      recoveries.push(recovered(run, before, killedAt).then((seconds) => void (made.recoveredIn = seconds)))
    }
    await Promise.all(recoveries)
  }
}

/** Turns that each kill of a run cost, in their order: what was asked for before it and asked for again behind it. */
export function lostTo(kills: readonly Kill[], repeats: readonly Repeat[]): Repeat[][] {
  const lost = kills.map((): Repeat[] => [])
  for (const repeat of repeats) {
    const index = kills.findIndex(({ atMs }) => repeat.before <= atMs && atMs <= repeat.again)
    if (index !== -1) lost[index]!.push(repeat)
  }
  return lost
}
