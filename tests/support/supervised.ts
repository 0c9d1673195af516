import { execa, type Options } from 'execa'
import { join } from 'node:path'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { readReport, type SupervisorReport } from '../../infra/supervisor/state-file.ts'
import { ROOT } from './repository.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A TCP port that nobody listens on, given by the kernel. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** `agent0` as a person types it, on services of its own: another state folder, other ports. */
export class OwnServices {
  readonly stateFolder = join(temporaryFolder(), 'state')
  ports: string[] = []
  temporalPort = 0

  async choosePorts(): Promise<void> {
    const [temporal, ui, metrics] = await Promise.all([freePort(), freePort(), freePort()])
    this.temporalPort = temporal
    this.ports = [`--temporal-port=${temporal}`, `--ui-port=${ui}`, `--metrics-port=${metrics}`]
  }

  async agent0(args: readonly string[], options: Options = {}) {
    const env = { AGENT0_STATE: this.stateFolder, TEMPORAL_ADDRESS: '', ...(options.env as Record<string, string>) }
    const result = await execa(process.execPath, [join(ROOT, 'cli', 'agent0.mjs'), ...args], {
      reject: false,
      ...options,
      env,
    })
    return { code: result.exitCode, said: `${String(result.stdout)}\n${String(result.stderr)}`.trim() }
  }

  up = () => this.agent0(['up', ...this.ports])

  report(): SupervisorReport {
    return readReport(this.stateFolder)!
  }

  temporalPid(): number {
    return this.report().services[0]!.process!.pid
  }
}

/** Waits for a condition that must come true; fails with its name after `withinMs`. */
export async function eventually(
  name: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${name}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
