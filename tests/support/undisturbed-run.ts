import type { LoopWorld } from './loop-world.ts'
import type { Story } from './side-by-side.ts'
import type { RunConfig } from '../../contracts/run-config.ts'

/** A story of a run that nobody disturbs, and what holds the artifacts of other worlds against those that it left. */
export function undisturbedRun(config: RunConfig): {
  story: Story
  expectSame(world: LoopWorld, except?: readonly string[]): Promise<void>
} {
  let tell!: (artifacts: Record<string, unknown>) => void
  const told = new Promise<Record<string, unknown>>((resolve) => (tell = resolve))
  return {
    story: async (world) => {
      try {
        expect(await world.finish(config)).toMatchObject({ kind: 'finished', iterations: config.iterations })
      } finally {
        tell(await world.artifacts(config.name))
      }
    },
    expectSame: async (world, except = []) => {
      const compared = (artifacts: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(artifacts).filter(([key]) => !except.includes(key)))
      expect(compared(await world.artifacts(config.name))).toEqual(compared(await told))
    },
  }
}
