import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { engineVersion, imageDigest } from '../../host/engine.mjs'

/** What an engine has said to everything while `ask` ran, with the path that it was asked for. */
async function saying<T>(status: number, body: object, ask: (env: NodeJS.ProcessEnv) => Promise<T>) {
  const paths: (string | undefined)[] = []
  const server = createServer((request, response) => {
    paths.push(request.url)
    response.writeHead(status).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const env = { DOCKER_HOST: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` }
    return { said: await ask(env), paths }
  } finally {
    server.close()
  }
}

const ofImage = (env: NodeJS.ProcessEnv) => imageDigest('agent0-sandbox:1', env)

test('an image has the digest that the engine says, or none if the engine has no such image', async () => {
  const has = await saying(200, { Id: 'sha256:abc' }, ofImage)
  expect(has).toEqual({ said: 'sha256:abc', paths: ['/images/agent0-sandbox:1/json'] })
  expect((await saying(404, { message: 'No such image' }, ofImage)).said).toBeUndefined()
})

test('an engine that cannot say, or is not there, is no engine without the image', async () => {
  await expect(saying(500, { message: 'disk on fire' }, ofImage)).rejects.toThrow(/agent0-sandbox:1: disk on fire/)
  await expect(ofImage({ DOCKER_HOST: 'unix:///absent.sock' })).rejects.toThrow(/does not answer: .*absent\.sock/)
})

test('an engine that is not there, or a DOCKER_HOST that names none, has no version', async () => {
  expect((await saying(200, { Version: '28.0' }, engineVersion)).said).toBe('28.0')
  expect(await engineVersion({ DOCKER_HOST: 'unix:///absent.sock' })).toBeUndefined()
  expect(await engineVersion({ DOCKER_HOST: 'nonsense' })).toBeUndefined()
})
