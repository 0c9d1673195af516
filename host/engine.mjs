/** What a Docker engine says, asked over its socket, so that no docker client is needed. */
import { request } from 'node:http'
import { reasonOf } from './problem.mjs'

const ANSWERS_WITHIN_MS = 3_000
/** Of an engine that is there: on a starved machine it may take its time. */
const ANSWERS_AT_LAST_MS = 30_000

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
 * Throws if there is no answer, or none in JSON.
 * @param {string} path of the engine's API
 * @param {NodeJS.ProcessEnv} env
 * @param {number} withinMs
 * @returns {Promise<{ status: number | undefined, body: any }>}
 */
async function askEngine(path, env, withinMs) {
  return new Promise((resolve, reject) => {
    const options = { ...engineAddress(env), path, signal: AbortSignal.timeout(withinMs) }
    const call = request(options, (response) => {
      let text = ''
      response.on('data', (bytes) => (text += bytes))
      response.on('error', reject)
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode, body: JSON.parse(text) })
        } catch (error) {
          reject(error)
        }
      })
    })
    call.on('error', reject)
    call.end()
  })
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | undefined>} the engine's version, or undefined if none answers within 3 s
 */
export async function engineVersion(env = process.env) {
  try {
    return (await askEngine('/version', env, ANSWERS_WITHIN_MS)).body.Version
  } catch {
    return undefined // no engine there, or a DOCKER_HOST that names none
  }
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<'answers' | 'denied' | 'absent'>} denied: there is one, and its socket is not ours to open
 */
export async function engineState(env = process.env) {
  try {
    await askEngine('/version', env, ANSWERS_WITHIN_MS)
    return 'answers'
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EACCES' ? 'denied' : 'absent'
  }
}

/**
 * Throws if the engine does not say: an image that is there must not be built again.
 * @param {string} image
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | undefined>} the image's content digest (`sha256:…`), or undefined if the engine has none of that name
 */
export async function imageDigest(image, env = process.env) {
  const { status, body } = await askEngine(`/images/${image}/json`, env, ANSWERS_AT_LAST_MS).catch((error) => {
    throw new Error(`the container engine does not answer: ${reasonOf(error)}`, { cause: error })
  })
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`the container engine cannot say whether it has ${image}: ${body.message}`)
  return body.Id
}
