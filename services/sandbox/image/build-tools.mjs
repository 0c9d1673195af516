/** What the two builders share. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { reasonOf } from '../../../host/problem.mjs'

/** `services/sandbox`: what goes into the image lies in it, this code included. */
export const FOLDER = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs a command to its end. Throws an error that ends in the last lines the command wrote.
 * @param {string} command
 * @param {string[]} args
 */
export async function run(command, args) {
  try {
    const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 1 << 26 })
    return stdout.trim()
  } catch (error) {
    const {
      code,
      stdout = '',
      stderr = '',
    } = /** @type {{ code?: unknown, stdout?: string, stderr?: string }} */ (error)
    if (code === 'ENOENT') throw new Error(`the command "${command}" is not on PATH`, { cause: error })
    const output = `${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n')
    throw new Error(`${command} ${args[0] ?? ''} failed: ${output || reasonOf(error)}`, { cause: error })
  }
}

/**
 * Hex digest of the named files of `services/sandbox`, names and contents.
 * @param {string[]} names
 */
export async function digestOf(names) {
  const hash = createHash('sha256')
  for (const name of names) hash.update(name).update(await readFile(join(FOLDER, name)))
  return hash.digest('hex').slice(0, 16)
}
