import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, digestOf, readOurs } from '../../host/paths.mjs'

/** The command of an environment that set-up has made from a lock file; undefined if it has not. */
function madeCommand(parent: string, lock: string, command: string): string | undefined {
  const folder = join(cacheFolder(), parent)
  const names = existsSync(folder) ? readdirSync(folder) : []
  const name = names.find((each) => each.includes(digestOf(readOurs(lock))) && !each.endsWith('.partial'))
  return name === undefined ? undefined : join(folder, name, 'bin', command)
}

/** The Python of ml, with torch, transformers and peft. */
export const installedPython = () => madeCommand('python', 'ml/requirements.txt', 'python')

/** Real vLLM for CPUs. */
export const installedVllm = () => madeCommand('vllm', 'ml/requirements-vllm.txt', 'vllm')
