/** Is a Docker engine there? Asked over its socket, so that no docker client is needed. */
import { request } from 'node:http'

/**
 * Where the engine listens: DOCKER_HOST as `unix://…` or `tcp://host:port`, else the usual socket.
 * @param {NodeJS.ProcessEnv} env
 */
function engineAddress(env) {
  const host = env['DOCKER_HOST'] || 'unix:///var/run/docker.sock'
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) }
  const { hostname, port } = new URL(host)
  return { host: hostname, port: port || '2375' }
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | undefined>} the engine's version, or undefined if none answers within 3 s
 */
export function engineVersion(env = process.env) {
  return new Promise((resolve) => {
    const call = request({ ...engineAddress(env), path: '/version', timeout: 3_000 }, (response) => {
      let text = ''
      response.on('data', (bytes) => (text += bytes))
      response.on('end', () => {
        try {
          resolve(JSON.parse(text).Version)
        } catch {
          resolve(undefined)
        }
      })
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}
