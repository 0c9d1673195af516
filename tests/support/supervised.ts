import { execa, type Options } from 'execa'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { MachineConfigInput } from '../../contracts/machine-config.ts'
import type { RunConfigInput } from '../../contracts/run-config.ts'
import { ownSecret } from '../../host/secrets.ts'
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

/** A model server of somebody else, which does nothing but be healthy. */
async function healthyStranger(): Promise<string> {
  const server = createHttpServer((_request, response) => response.end()).unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** `agent0` as a person types it, on services of its own: another state folder, other ports. */
export class OwnServices {
  readonly stateFolder = join(temporaryFolder(), 'state')
  ports: string[] = []
  temporalPort = 0
  modelPort = 0
  readonly config = join(temporaryFolder(), 'config.json')
  readonly machine = join(temporaryFolder(), 'machine.json')

  constructor() {
    this.configureMachine({})
  }

  async choosePorts(): Promise<void> {
    const [temporal, ui, metrics, model] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
    this.temporalPort = temporal
    this.modelPort = model
    const ports = { temporal, ui, metrics, model }
    this.ports = Object.entries(ports).map(([name, port]) => `--${name}-port=${port}`)
    this.ports.push('--only=temporal,model-server')
    this.configure({})
    this.configureMachine({ modelServer: { urls: [await healthyStranger()] } })
  }

  /** The machine's config; its model server is somebody else's unless this was called. */
  configureMachine(config: MachineConfigInput): void {
    writeFileSync(this.machine, JSON.stringify(config))
  }

  /** The run config that `up` is given. */
  configure(config: Omit<RunConfigInput, 'name'>): void {
    writeFileSync(this.config, JSON.stringify({ name: 'own-services', ...config }))
  }

  async agent0(args: readonly string[], options: Options = {}) {
    const own = { AGENT0_STATE: this.stateFolder, AGENT0_MACHINE: this.machine, TEMPORAL_ADDRESS: '' }
    const env = { ...own, ...(options.env as Record<string, string>) }
    const result = await execa(process.execPath, [join(ROOT, 'cli', 'agent0.mjs'), ...args], {
      reject: false,
      ...options,
      env,
    })
    return { code: result.exitCode, said: `${String(result.stdout)}\n${String(result.stderr)}`.trim() }
  }

  up = (options: Options = {}) => this.agent0(['up', '--config', this.config, ...this.ports], options)

  report(): SupervisorReport {
    return readReport(this.stateFolder)!
  }

  /** What a request to the model server that `up` started must bring. */
  get key(): { authorization: string } {
    return { authorization: `Bearer ${ownSecret(this.stateFolder, 'AGENT0_MODEL_API_KEY')}` }
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
