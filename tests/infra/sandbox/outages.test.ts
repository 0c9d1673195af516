import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { DockerSlots } from '../../../infra/sandbox/docker-slots.ts'
import type { PooledSandbox } from '../../../infra/sandbox/pooled-sandbox.ts'
import { createSandbox } from '../../../infra/services/open-sandbox.ts'
import { describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'

const LABEL = 'label=agent0.sandbox=slot'

/** Containers of this test's run. */
function containers(runId: string): string[] {
  const filters = ['--filter', LABEL, '--filter', `label=agent0.run=${runId}`]
  return execFileSync('docker', ['ps', '-aq', ...filters], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** The engine behind a socket of the test's own, which can be taken away as if the engine had stopped. */
class Relay {
  readonly path = join(tmpdir(), `agent0-engine-${process.pid}-${performance.now()}.sock`)
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  async start(): Promise<void> {
    const server = createServer((client) => {
      const engine = connect('/var/run/docker.sock')
      for (const socket of [client, engine]) {
        this.#sockets.add(socket)
        socket
          .on('error', () => undefined)
          .on('close', () => {
            this.#sockets.delete(socket)
            client.destroy()
            engine.destroy()
          })
      }
      client.pipe(engine).pipe(client)
    })
    this.#server = server.listen(this.path)
    await once(server, 'listening')
  }

  async stop(): Promise<void> {
    const closed = once(this.#server!, 'close')
    this.#server!.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

const SLEEP = { source: 'import time\ntime.sleep(1)\nprint("slept")', seed: 1 }
const ANSWER = { source: 'print(42)', seed: 1 }

describeOn('docker', 'outages', () => {
  let image: string
  beforeAll(async () => {
    image = (await realSlots('docker')).guarantees.imageDigest
  }, 300_000)

  let sandbox: PooledSandbox
  let runId: string
  async function open(name: string, engine?: Docker, places: ('bare' | 'math')[] = ['bare']): Promise<void> {
    runId = `${name}-${process.pid}`
    sandbox = createSandbox(await DockerSlots.open({ image, runId, ...(engine && { engine }) }), 2, places)
    await sandbox.execute(ANSWER, limits())
  }
  afterEach(async () => {
    await sandbox.close()
    expect(containers(runId)).toEqual([])
  })

  test('a container killed under a program costs nothing but time: the program runs again', async () => {
    await open('killed', undefined, ['bare', 'bare'])
    await until(() => sandbox.stats().idle === 2)
    const running = sandbox.execute(SLEEP, limits())
    await new Promise((resolve) => setTimeout(resolve, 300))
    execFileSync('docker', ['kill', ...containers(runId).slice(0, 1)])
    expect((await running).verdict).toMatchObject({ kind: 'ok', stdout: 'slept\n' })
    await until(() => sandbox.stats().idle === 2)
  }, 60_000)

  test('a program under which two slots end is a crash, and is not run a third time', async () => {
    await open('poison')
    const poison = { source: 'import time\ntime.sleep(20)', seed: 1 }
    const running = sandbox.execute(poison, limits())
    for (const _ of [1, 2]) {
      const before = sandbox.stats().replaced
      await until(() => sandbox.stats().busy === 1)
      await new Promise((resolve) => setTimeout(resolve, 200))
      execFileSync('docker', ['kill', ...containers(runId)])
      await until(() => sandbox.stats().replaced > before)
    }
    expect((await running).verdict).toMatchObject({ kind: 'crash', signal: 'slot' })
    expect((await sandbox.execute(poison, limits())).verdict).toMatchObject({ kind: 'crash', signal: 'slot' })
    expect((await sandbox.execute(ANSWER, limits())).verdict.kind).toBe('ok')
  }, 60_000)

  test('without its engine a call is an outage; with the engine back the pool is back, and nothing is left', async () => {
    const relay = new Relay()
    await relay.start()
    await open('engine', new Docker({ socketPath: relay.path }))
    const running = sandbox.execute(SLEEP, limits())
    await new Promise((resolve) => setTimeout(resolve, 200))
    await relay.stop()
    await expect(running).rejects.toMatchObject({ type: 'Sandbox.EngineUnreachable', nonRetryable: false })
    await expect(sandbox.execute(ANSWER, limits())).rejects.toMatchObject({ type: 'Sandbox.EngineUnreachable' })
    await relay.start()
    await until(async () => (await sandbox.execute(ANSWER, limits()).catch(() => undefined))?.verdict.kind === 'ok')
    // What could not be removed while the engine was away goes when it is back.
    await until(() => containers(runId).length === 1)
    await sandbox.close()
    await relay.stop()
  }, 60_000)

  test('slots of an owner that was killed are removed by the next owner', async () => {
    runId = `owner-${process.pid}`
    const script = `
      import { DockerSlots } from './infra/sandbox/docker-slots.ts'
      const slots = await DockerSlots.open({ image: '${image}', runId: '${runId}' })
      await slots.boot(0, 'bare')
      console.log('booted')
      setInterval(() => undefined, 1000)`
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(owner.stdout, 'data')
    const [orphan] = containers(runId)
    expect(orphan).toBeDefined()
    owner.kill('SIGKILL')
    await once(owner, 'close')
    sandbox = createSandbox(await DockerSlots.open({ image, runId }), 2, ['bare'])
    await sandbox.execute(ANSWER, limits())
    await until(() => !containers(runId).includes(orphan!))
  }, 60_000)

  test('a fork bomb in two slots does not take processes from a third', async () => {
    await open('neighbours', undefined, ['bare', 'bare', 'bare'])
    await until(() => sandbox.stats().idle === 3)
    const bomb = 'import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass'
    const bombs = [1, 2].map((seed) => sandbox.execute({ source: bomb, seed }, limits({ cpuMs: 1_000, wallMs: 2_000 })))
    const honest = 'import subprocess\nprint(subprocess.check_output(["echo", "hello"]))'
    const { verdict } = await sandbox.execute({ source: honest, seed: 1 }, limits({ wallMs: 20_000 }))
    expect(verdict).toMatchObject({ kind: 'ok', stdout: "b'hello\\n'\n" })
    for (const { verdict: bombed } of await Promise.all(bombs)) expect(bombed.kind).toBe('timeout')
  }, 60_000)

  test('an image that the engine does not have is an outage with the engine’s own words', async () => {
    runId = 'no-image'
    await expect(DockerSlots.open({ image: 'agent0-sandbox:absent' })).rejects.toMatchObject({
      type: 'Sandbox.SlotBootFailed',
      message: expect.stringContaining('absent'),
    })
  })
})
