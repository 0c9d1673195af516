import { IterationRecord } from '../../contracts/run-record.ts'
import { LoopWorld, smallConfig } from '../support/loop-world.ts'
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts'

jest.setTimeout(60_000)

let server: TemporalServer
let world: LoopWorld

beforeAll(async () => {
  server = await startTemporalServer()
  world = new LoopWorld(server)
  await world.start()
})

afterAll(async () => {
  await world.close()
  await server.close()
})

test('a run goes through its iterations and leaves a record of each', async () => {
  const result = await world.finish(smallConfig('whole'))
  expect(result).toMatchObject({ kind: 'finished', iterations: 2 })
  const records = await Promise.all(
    ['000', '001', '002'].map(async (iteration) =>
      world.store.getJson(IterationRecord, (await world.store.find(`whole/iter-${iteration}/record.json`))!),
    ),
  )
  console.log(JSON.stringify(records, null, 1).slice(0, 6000))
})
