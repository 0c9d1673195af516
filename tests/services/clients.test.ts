import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { ServerClient } from '../../services/model-server/server-client.ts'
import { openTrainer } from '../../services/trainer/open.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MIB = 1 << 20
const servers: Server[] = []

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterAll(() => servers.forEach((server) => server.close()))

const modelClient = (url: string) =>
  new ServerClient({ url, apiKey: 'a-key', dispatcher: new Agent(), healthDeadlineMs: 10_000 })
const trainerClient = (url: string) =>
  openTrainer({ kind: 'service', url, token: 'a-token', storeFolder: temporaryFolder() })

const completed = (url: string) =>
  modelClient(url).complete({ model: 'base', prompt: [1] } as never, 30_000, new AbortController().signal)

const calls: [string, string, (url: string) => Promise<unknown>][] = [
  ["a model server's metrics", 'Llm.Unavailable', (url) => modelClient(url).metrics()],
  ["a model server's health", 'Llm.Unavailable', (url) => modelClient(url).checkHealth()],
  ["a trainer's head", 'Trainer.Unavailable', async (url) => (await trainerClient(url)).head('run-role')],
]

/** Through the package `openai`. */
const byOpenai: typeof calls = [
  ['a completion', 'Llm.Unavailable', (url) => completed(url)],
  ["a model server's models", 'Llm.Unavailable', (url) => modelClient(url).models()],
  ['a load of an adapter', 'Llm.Unavailable', (url) => modelClient(url).loadAdapter('a-v1', '/a')],
]

test.each([...calls, ...byOpenai])(
  '%s: an answer without end is an outage, and is not read to its end',
  async (_name, type, call) => {
    let sent = 0
    const url = await serve((_request, response) => {
      const piece = Buffer.alloc(MIB, 'x')
      const more = () => {
        while (sent < 300 && !response.destroyed) {
          sent++
          if (!response.write(piece)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    await expect(call(url)).rejects.toMatchObject({ type, message: expect.stringMatching(/has more than \d+ bytes/) })
    expect(sent).toBeLessThan(100)
  },
)

test.each([...calls, ...byOpenai])(
  '%s: a redirect to another origin is an outage and is not followed',
  async (_name, type, call) => {
    let reached = 0
    const other = await serve((_request, response) => {
      reached++
      response.end('{}')
    })
    const url = await serve((request, response) => {
      response.writeHead(307, { location: `${other}${request.url}` }).end()
    })
    await expect(call(url)).rejects.toMatchObject({ type })
    expect(reached).toBe(0)
  },
)

test.each(byOpenai)(
  '%s: an error without end is an outage too, whatever its status says',
  async (_name, type, call) => {
    const url = await serve((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(Buffer.alloc(40 * MIB, 'x'))
    })
    await expect(call(url)).rejects.toMatchObject({ type, message: expect.stringMatching(/has more than \d+ bytes/) })
  },
)
