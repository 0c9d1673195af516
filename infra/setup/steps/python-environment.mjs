/** The Python environment of infra/ml: exact versions with hashes, made by uv, shared by all clones. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildFolder } from '../build-folder.mjs'
import { atLeast, run, tryRun, versionOf } from '../commands.mjs'
import { cacheFolder, digestOf, readOurs, ROOT } from '../paths.mjs'
import { reasonOf, SetupProblem } from '../problem.mjs'

const OLDEST_PYTHON = [3, 11]
const OLDEST_UV = [0, 5]
/** Once, and not at every start of a service, where PYTHONDONTWRITEBYTECODE is set or the folder is not ours to write. */
const COMPILED = ['--compile-bytecode']
const requirements = join(ROOT, 'infra', 'ml', 'requirements.txt')
const uvRequirements = join(ROOT, 'infra', 'setup', 'uv-requirements.txt')

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ path: string, version: number[] }>}
 */
export async function findPython(env = process.env) {
  const candidates = ['python3', 'python3.11', 'python3.12', 'python3.13', 'python3.14']
  const seen = []
  for (const path of env['AGENT0_PYTHON'] ? [env['AGENT0_PYTHON']] : candidates) {
    const version = await versionOf(path, ['--version'])
    if (version !== undefined && atLeast(version, OLDEST_PYTHON)) return { path, version }
    if (version !== undefined) seen.push(`${path} is ${version.join('.')}`)
  }
  const found = seen.length > 0 ? seen.join(', ') : 'there is no python3'
  throw new SetupProblem(
    `Python 3.11 or newer is needed (${found}): install it, or set AGENT0_PYTHON to the path of one.`,
  )
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} python
 * @param {(text: string) => void} log
 * @returns {Promise<string>} the path of a uv
 */
export async function ensureUv(env, python, log) {
  const onPath = await versionOf('uv', ['--version'])
  if (onPath !== undefined && atLeast(onPath, OLDEST_UV)) return 'uv'
  const folder = join(cacheFolder(env), 'uv', digestOf(readOurs('infra/setup/uv-requirements.txt')))
  const ours = join(folder, 'bin', 'uv')
  if (existsSync(ours)) return ours
  const pip = await tryRun(python, ['-m', 'pip', '--version'])
  if (pip.code !== 0) {
    throw new SetupProblem(
      `${python} has no pip: install the package python3-pip, or put "uv" on PATH, and call again.`,
    )
  }
  await buildFolder(folder, async (partial) => {
    await run(
      python,
      ['-m', 'pip', 'install', '--upgrade', '--require-hashes', '--target', partial, '-r', uvRequirements],
      { log },
    )
    await run(join(partial, 'bin', 'uv'), ['--version'], { log })
  })
  return ours
}

/**
 * The environment's folder, made or not. It is named by Python version, locked requirements and torch build; where no
 * build is asked for, one that is there already serves, so that UV_TORCH_BACKEND need not be set for ever after.
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly number[]} version of Python
 */
function folderFor(env, version) {
  const parent = join(cacheFolder(env), 'python')
  const name = `${version.slice(0, 2).join('.')}-${digestOf(readOurs('infra/ml/requirements.txt'))}`
  const wanted = `${name}-${env['UV_TORCH_BACKEND'] || 'default'}`
  const others = existsSync(parent) && !env['UV_TORCH_BACKEND'] ? readdirSync(parent).sort() : []
  const usable = others.find((other) => other.startsWith(name) && !other.endsWith('.partial'))
  return join(parent, others.includes(wanted) ? wanted : (usable ?? wanted))
}

/**
 * The interpreter that runs infra/ml, whether it is there yet or not.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function mlPython(env = process.env) {
  const { version } = await findPython(env)
  return join(folderFor(env, version), 'bin', 'python')
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
      const folder = folderFor(env, version)
      const inside = await versionOf(join(folder, 'bin', 'python'), ['--version'])
      return inside && `Python ${inside.join('.')}, ${basename(folder)}`
    },
    async act({ log, say }) {
      const python = await findPython(env)
      const uv = await ensureUv(env, python.path, log)
      const backend = env['UV_TORCH_BACKEND']
      say(backend ? `installing, with torch for ${backend}` : 'installing; torch with its GPU libraries is about 3 GB')
      await buildFolder(folderFor(env, python.version), async (partial) => {
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
        await run(interpreter, ['-m', 'agent0_ml.environment'], { log, env: { PYTHONPATH: join(ROOT, 'infra', 'ml') } })
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
  const text = readOurs('infra/ml/requirements.txt')
  const rest = join(folder, 'requirements-without-torch.txt')
  writeFileSync(rest, withoutTorch(text))
  const torch = /^torch==[^\s;]+/m.exec(text)?.[0]
  if (torch === undefined) throw new Error('infra/ml/requirements.txt does not name torch')
  await pip('sync', ...COMPILED, '--require-hashes', rest)
  try {
    await pip('install', ...COMPILED, '--no-config', '--torch-backend', backend, torch)
  } catch (error) {
    throw new SetupProblem(
      `torch for UV_TORCH_BACKEND=${backend} cannot be installed: unset it to use the index's usual torch. ${reasonOf(error)}`,
    )
  }
}
