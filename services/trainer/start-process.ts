import { spawn } from 'node:child_process'
import type { Job } from './one-shot-trainer.ts'

/**
 * Runs the command as a child that dies with us: the kernel kills it when this process ends, also by SIGKILL.
 * @param environment the child's whole environment
 */
export function startProcess(
  python: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Job {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', python, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  })
  const ended = new Promise<{ how: string; outOfMemory: boolean }>((resolve) => {
    child.on('error', (error) => resolve({ how: `did not start: ${error.message}`, outOfMemory: false }))
    child.on('exit', (code, signal) =>
      resolve({ how: signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`, outOfMemory: false }),
    )
  })
  const end = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return { stdout: child.stdout, stderr: child.stderr, ended, end, leave: end }
}
