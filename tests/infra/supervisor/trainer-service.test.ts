import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MachineConfig } from '../../../contracts/machine-config.ts'
import { trainerService } from '../../../infra/supervisor/trainer-service.ts'

let server: Server
let answer: [status: number, body: string]

beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(answer[0]).end(answer[1]))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterAll(() => server.close())

/** What the supervisor makes of a trainer that answers so. */
async function health(status: number, body: string): Promise<unknown> {
  answer = [status, body]
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const machine = MachineConfig.parse({ trainer: { kind: 'service', url } })
  const { checkHealth } = trainerService({ machine, python: '', base: '' }, {})
  return checkHealth().catch((error: Error) => error.message)
}

test.each<[string, number, string, unknown]>([
  ['works', 200, '{"base": "0"}', undefined],
  ['works, whatever it says', 200, 'ok', undefined],
  ['reads its model', 503, '{"state": "starting", "moves": true}', 'starting'],
  ['has stopped reading its model', 503, '{"state": "starting", "moves": false}', expect.stringContaining('503')],
  ['hangs in a step', 503, '{"state": "running"}', expect.stringContaining('503')],
  ['breaks', 500, 'Internal Server Error', expect.stringContaining('500')],
  ['says nonsense', 503, 'null', expect.stringContaining('503')],
  ['says too much', 503, 'x'.repeat(100_000), expect.stringContaining('more than')],
])('a trainer that %s', async (_what, status, body, expected) => {
  expect(await health(status, body)).toEqual(expected)
})
