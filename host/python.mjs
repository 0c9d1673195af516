/** Which Python this machine has, and where the environment of `ml/` lies. No packages, Node 20. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { atLeast, versionOf } from './commands.mjs'
import { cacheFolder, digestOf, readOurs } from './paths.mjs'
import { SetupProblem } from './problem.mjs'

const OLDEST_PYTHON = [3, 11]

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ path: string, version: number[] } | { seen: string }>} one that is new enough, or what is there instead
 */
export async function lookForPython(env = process.env) {
  const candidates = ['python3', 'python3.11', 'python3.12', 'python3.13', 'python3.14']
  const seen = []
  for (const path of env['AGENT0_PYTHON'] ? [env['AGENT0_PYTHON']] : candidates) {
    const version = await versionOf(path, ['--version'])
    if (version !== undefined && atLeast(version, OLDEST_PYTHON)) return { path, version }
    if (version !== undefined) seen.push(`${path} is ${version.join('.')}`)
  }
  const none = `there is no ${env['AGENT0_PYTHON'] ?? 'python3'}`
  return { seen: seen.length > 0 ? seen.join(', ') : none }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ path: string, version: number[] }>}
 */
export async function findPython(env = process.env) {
  const found = await lookForPython(env)
  if ('path' in found) return found
  throw new SetupProblem(
    `Python 3.11 or newer is needed (${found.seen}): install it, or set AGENT0_PYTHON to the path of one.`,
  )
}

/**
 * The environment's folder, made or not. It is named by Python version, locked requirements and torch build; where no
 * build is asked for, one that is there already serves, so that UV_TORCH_BACKEND need not be set for ever after.
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly number[]} version of Python
 */
export function pythonFolder(env, version) {
  const parent = join(cacheFolder(env), 'python')
  const name = `${version.slice(0, 2).join('.')}-${digestOf(readOurs('ml/requirements.txt'))}`
  const wanted = `${name}-${env['UV_TORCH_BACKEND'] || 'default'}`
  const others = existsSync(parent) && !env['UV_TORCH_BACKEND'] ? readdirSync(parent).sort() : []
  const usable = others.find((other) => other.startsWith(name) && !other.endsWith('.partial'))
  return join(parent, others.includes(wanted) ? wanted : (usable ?? wanted))
}

/**
 * The interpreter that runs ml, whether it is there yet or not.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function mlPython(env = process.env) {
  const { version } = await findPython(env)
  return join(pythonFolder(env, version), 'bin', 'python')
}
