import { LoopWorld } from './loop-world.ts'
import { startTemporalServer, type TemporalServer, type TemporalServerOptions } from './temporal-server.ts'

/** The first test of a file waits for most of the others as well, on a machine that is busy perhaps. */
const TOLD_WITHIN_MS = 600_000

/** What happens in a world of its own, with its assertions. */
export type Story = (world: LoopWorld) => Promise<void>

/**
 * Gives what declares a test of a file: a story. Each has a world of its own on one Temporal server; all are told at once,
 * since each waits most of its time, and what a story throws fails its own test.
 */
export function sideBySide(options: Omit<TemporalServerOptions, 'namespaces'> = {}) {
  const stories = new Map<string, Story>()
  const told = new Map<string, Promise<void>>()
  const worlds: LoopWorld[] = []
  let server: TemporalServer

  beforeAll(async () => {
    const names = [...stories.keys()]
    server = await startTemporalServer({ ...options, namespaces: names.map((_, index) => `world-${index}`) })
    for (const [index, name] of names.entries()) {
      const world = new LoopWorld(server, `world-${index}`)
      worlds.push(world)
      const ending = world.start().then(() => stories.get(name)!(world))
      // Its own test waits for it, perhaps after it has failed.
      ending.catch(() => {})
      told.set(name, ending)
    }
  }, 120_000)

  afterAll(async () => {
    await Promise.all(worlds.map((world) => world.close()))
    await server.close()
  })

  return (name: string, story: Story): void => {
    stories.set(name, story)
    test(name, async () => told.get(name), TOLD_WITHIN_MS)
  }
}
