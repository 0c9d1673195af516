/** Is a Docker engine there? Asked over its socket, so that no docker client is needed. */
import { request } from 'node:http'

const ANSWERS_WITHIN_MS = 3_000

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
export async function engineVersion(env = process.env) {
  try {
    return await new Promise((resolve, reject) => {
      const options = { ...engineAddress(env), path: '/version', signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }
      const call = request(options, (response) => {
        let text = ''
        response.on('data', (bytes) => (text += bytes))
        response.on('error', reject)
        response.on('end', () => {
          try {
            resolve(JSON.parse(text).Version)
          } catch (error) {
            reject(error)
          }
        })
      })
      call.on('error', reject)
      call.end()
    })
  } catch {
    return undefined // no engine there, or a DOCKER_HOST that names none
  }
}
