/** The Python environment of ml: exact versions with hashes, made by uv, shared by all clones. */
import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildFolder } from '../../../host/build-folder.mjs'
import { atLeast, run, tryRun, versionOf } from '../../../host/commands.mjs'
import { cacheFolder, digestOf, readOurs, ROOT } from '../../../host/paths.mjs'
import { reasonOf, SetupProblem } from '../../../host/problem.mjs'
import { findPython, pythonFolder } from '../../../host/python.mjs'

const OLDEST_UV = [0, 5]
/** Once, and not at every start of a service, where PYTHONDONTWRITEBYTECODE is set or the folder is not ours to write. */
const COMPILED = ['--compile-bytecode']
const requirements = join(ROOT, 'ml', 'requirements.txt')
const uvRequirements = join(ROOT, 'infra', 'setup', 'uv-requirements.txt')

/** @param {NodeJS.ProcessEnv} env */
const uvFolder = (env) => join(cacheFolder(env), 'uv', digestOf(readOurs('infra/setup/uv-requirements.txt')))

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} the path of a uv that is here: the machine's, or the one in our cache
 */
export async function findUv(env) {
  const onPath = await versionOf('uv', ['--version'])
  if (onPath !== undefined && atLeast(onPath, OLDEST_UV)) return 'uv'
  const ours = join(uvFolder(env), 'bin', 'uv')
  return existsSync(ours) ? ours : undefined
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} python
 * @param {(text: string) => void} log
 * @returns {Promise<string>} the path of a uv
 */
export async function ensureUv(env, python, log) {
  const here = await findUv(env)
  if (here !== undefined) return here
  const pip = await tryRun(python, ['-m', 'pip', '--version'])
  if (pip.code !== 0) {
    throw new SetupProblem(
      `${python} has no pip: install the package python3-pip, or put "uv" on PATH, and call again.`,
    )
  }
  const folder = uvFolder(env)
  await buildFolder(folder, async (partial) => {
    await run(
      python,
      ['-m', 'pip', 'install', '--upgrade', '--require-hashes', '--target', partial, '-r', uvRequirements],
      { log },
    )
    await run(join(partial, 'bin', 'uv'), ['--version'], { log })
  })
  return join(folder, 'bin', 'uv')
}

/**
 * What remains of the lock without torch and the GPU libraries that only torch asks for. Another build of torch
 * (UV_TORCH_BACKEND) has other hashes than the locked one and brings its own libraries.
 * @param {string} text a requirements file with hashes
 */
export function withoutTorch(text) {
  const entries = text.split(/\n(?=\S)/)
  return entries.filter((entry) => !/^(torch==|triton==|nvidia-|cuda-)/.test(entry)).join('\n')
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('../run-steps.mjs').Step}
 */
export function pythonEnvironment(env = process.env) {
  const cache = cacheFolder(env)
  return {
    title: 'Python environment',
    lockFile: join(cache, 'python.lock'),
    async check() {
      const { version } = await findPython(env)
      const folder = pythonFolder(env, version)
      const inside = await versionOf(join(folder, 'bin', 'python'), ['--version'])
      return inside && `Python ${inside.join('.')}, ${basename(folder)}`
    },
    async act({ log, say }) {
      const python = await findPython(env)
      const uv = await ensureUv(env, python.path, log)
      const backend = env['UV_TORCH_BACKEND']
      say(backend ? `installing, with torch for ${backend}` : 'installing; torch with its GPU libraries is about 3 GB')
      await buildFolder(pythonFolder(env, python.version), async (partial) => {
        const interpreter = join(partial, 'bin', 'python')
        const options = { log, env: { UV_CACHE_DIR: join(cache, 'uv-cache'), UV_TORCH_BACKEND: undefined } }
        const pip = (/** @type {string[]} */ ...args) => run(uv, ['pip', ...args, '--python', interpreter], options)
        if (!existsSync(interpreter))
          await run(uv, ['venv', '--relocatable', '--python', python.path, partial], options)
        if (backend === undefined || backend === '') {
          await pip('sync', ...COMPILED, '--require-hashes', requirements)
        } else {
          await installWithBackend(pip, partial, backend)
        }
        await run(interpreter, ['-m', 'agent0_ml.environment'], { log, env: { PYTHONPATH: join(ROOT, 'ml') } })
      })
    },
  }
}

/**
 * @param {(...args: string[]) => Promise<string>} pip
 * @param {string} folder
 * @param {string} backend
 */
async function installWithBackend(pip, folder, backend) {
  const text = readOurs('ml/requirements.txt')
  const rest = join(folder, 'requirements-without-torch.txt')
  writeFileSync(rest, withoutTorch(text))
  const torch = /^torch==[^\s;]+/m.exec(text)?.[0]
  if (torch === undefined) throw new Error('ml/requirements.txt does not name torch')
  await pip('sync', ...COMPILED, '--require-hashes', rest)
  try {
    await pip('install', ...COMPILED, '--no-config', '--torch-backend', backend, torch)
  } catch (error) {
    throw new SetupProblem(
      `torch for UV_TORCH_BACKEND=${backend} cannot be installed: unset it to use the index's usual torch. ${reasonOf(error)}`,
    )
  }
}
