/**
 * A lock between processes that the kernel releases when its owner dies, also by SIGKILL: `flock` holds it for as long
 * as our end of a pipe is open.
 */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { makePrivateFile } from './private-folder.mjs'
import { SetupProblem } from './problem.mjs'

/**
 * @param {string} file made if it is not there; its content means nothing
 * @param {() => void} onWait called once if somebody else holds the lock
 * @returns {Promise<() => void>} gives the lock back
 */
export async function acquireLock(file, onWait = () => {}) {
  const cannotOpen = () =>
    new SetupProblem(`The lock file ${file} cannot be opened: check its permissions, and those of its folder.`)
  try {
    mkdirSync(dirname(file), { recursive: true })
    makePrivateFile(file)
  } catch {
    throw cannotOpen()
  }
  const holder = spawn('flock', ['-x', file, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const waiting = setTimeout(onWait, 1_000)
  try {
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve)
      holder.once('error', () =>
        reject(new SetupProblem('There is no "flock" on PATH: install the package util-linux and call again.')),
      )
      holder.once('exit', () => reject(cannotOpen()))
    })
  } finally {
    clearTimeout(waiting)
  }
  // The lock must not keep our process alive once all work is done. A pipe of a child is a socket, which has unref.
  const pipes = /** @type {import('node:net').Socket[]} */ (/** @type {unknown[]} */ ([holder.stdin, holder.stdout]))
  holder.unref()
  for (const pipe of pipes) pipe.unref()
  return () => holder.stdin.end()
}
