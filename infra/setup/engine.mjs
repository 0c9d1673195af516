/** What a Docker engine says, asked over its socket, so that no docker client is needed. */
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
 * @param {string} path of the engine's API
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<any>} its JSON, or undefined if there is none within 3 s
 */
async function askEngine(path, env) {
  try {
    return await new Promise((resolve, reject) => {
      const options = { ...engineAddress(env), path, signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }
      const call = request(options, (response) => {
        let text = ''
        response.on('data', (bytes) => (text += bytes))
        response.on('error', reject)
        response.on('end', () => {
          try {
            resolve(response.statusCode === 200 ? JSON.parse(text) : undefined)
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

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | undefined>} the engine's version, or undefined if none answers
 */
export async function engineVersion(env = process.env) {
  return (await askEngine('/version', env))?.Version
}

/**
 * @param {string} image
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | undefined>} the image's content digest (`sha256:…`), or undefined if the engine has none of that name
 */
export async function imageDigest(image, env = process.env) {
  return (await askEngine(`/images/${image}/json`, env))?.Id
}
