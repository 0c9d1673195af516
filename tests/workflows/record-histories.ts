// `node tests/workflows/record-histories.ts`: tells the stories of recorded-stories.ts on a Temporal server and keeps their
// histories in tests/histories/, for replay.test.ts. Once a version has been given to others its histories stay as they are:
// a change of workflows then goes behind `patched()`, and only new stories are recorded, by name.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LoopWorld } from '../support/loop-world.ts'
import { recordHistories } from '../support/histories.ts'
import { recordedStories } from '../support/recorded-stories.ts'
import { ROOT } from '../support/repository.ts'
import { startTemporalServer } from '../support/temporal-server.ts'

const wanted = process.argv.slice(2)
const names = wanted.length > 0 ? wanted : Object.keys(recordedStories)
mkdirSync(join(ROOT, 'tests', 'histories'), { recursive: true })
const server = await startTemporalServer({ namespaces: names })
for (const name of names) {
  const story = recordedStories[name]!
  const world = new LoopWorld(server, name)
  await world.start()
  await story.tell(world)
  console.log(`${name}: ${await recordHistories(world.client, name, story.keeps)} histories`)
  await world.close()
}
await server.close()
process.exit(0)
