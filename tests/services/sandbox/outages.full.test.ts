import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import Docker from 'dockerode'
import { DockerSlots } from '../../../services/sandbox/docker-slots.ts'
import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import type { Template } from '../../../services/sandbox/template.ts'
import { createSandbox } from '../../../services/sandbox/open.ts'
import { EngineRelay } from '../../support/engine-relay.ts'
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

const SLEEP = { source: 'import time\ntime.sleep(1)\nprint("slept")', seed: 1 }
const ANSWER = { source: 'print(42)', seed: 1 }

let sandbox: PooledSandbox
const opened: PooledSandbox[] = []
let runId: string

async function open(name: string, templates: Template[] = ['bare'], engine?: Docker): Promise<void> {
  runId = `${name}-${process.pid}`
  const image = (await realSlots('docker')).guarantees.imageDigest
  sandbox = createSandbox(await DockerSlots.open({ image, runId, ...(engine && { engine }) }), 2, templates)
  opened.push(sandbox)
  await sandbox.execute(ANSWER, limits())
}

/** Every test ends with the engine as it was. */
async function close(): Promise<string[]> {
  await sandbox.close()
  return containers(runId)
}

// Also after a failure: the streams of an open pool keep the whole run alive.
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

describeOn('docker', 'a slot that is lost under a program', () => {
  test('a container killed under a program costs nothing but time: the program runs again', async () => {
    await open('killed', ['bare', 'bare'])
    await until(() => sandbox.stats().idle === 2)
    const running = sandbox.execute(SLEEP, limits())
    await new Promise((resolve) => setTimeout(resolve, 300))
    execFileSync('docker', ['kill', ...containers(runId).slice(0, 1)])
    expect((await running).verdict).toMatchObject({ kind: 'ok', stdout: 'slept\n' })
    await until(() => sandbox.stats().idle === 2)
    expect(await close()).toEqual([])
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
    expect(await close()).toEqual([])
  }, 60_000)
})

describeOn('docker', 'an engine or an owner that goes away', () => {
  test('without its engine a call is an outage; with the engine back the pool is back, and nothing is left', async () => {
    const relay = new EngineRelay()
    await relay.start()
    await open('engine', ['bare'], new Docker({ socketPath: relay.path }))
    const running = sandbox.execute(SLEEP, limits())
    await new Promise((resolve) => setTimeout(resolve, 200))
    await relay.stop()
    await expect(running).rejects.toMatchObject({ type: 'Sandbox.EngineUnreachable', nonRetryable: false })
    await expect(sandbox.execute(ANSWER, limits())).rejects.toMatchObject({ type: 'Sandbox.EngineUnreachable' })
    await relay.start()
    await until(async () => (await sandbox.execute(ANSWER, limits()).catch(() => undefined))?.verdict.kind === 'ok')
    // What could not be removed while the engine was away goes when it is back.
    await until(() => containers(runId).length === 1)
    expect(await close()).toEqual([])
    await relay.stop()
  }, 60_000)

  test('slots of an owner that was killed are removed by the next owner', async () => {
    runId = `owner-${process.pid}`
    const image = (await realSlots('docker')).guarantees.imageDigest
    const script = `
      import { DockerSlots } from './services/sandbox/docker-slots.ts'
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
    expect(await close()).toEqual([])
  }, 60_000)
})

describeOn('docker', 'neighbours', () => {
  test('two pools of one process share no user and leave each other alone', async () => {
    await open('one')
    const others = createSandbox(await realSlots('docker'), 2, ['bare'])
    const whoami = { source: 'import os\nprint(os.getuid())', seed: 1 }
    const users = await Promise.all(
      [sandbox, others].map(async (pool) => (await pool.execute(whoami, limits())).verdict.stdout),
    )
    expect(new Set(users).size).toBe(2)
    await others.close() // it removes what nobody owns: not our slot
    expect((await sandbox.execute(whoami, limits())).verdict.stdout).toBe(users[0])
    expect(sandbox.stats().replaced).toBe(0)
    expect(await close()).toEqual([])
  }, 60_000)

  test('a fork bomb in two slots does not take processes from a third', async () => {
    await open('neighbours', ['bare', 'bare', 'bare'])
    await until(() => sandbox.stats().idle === 3)
    const bomb = 'import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass'
    const bombs = [1, 2].map((seed) => sandbox.execute({ source: bomb, seed }, limits({ cpuMs: 1_000, wallMs: 2_000 })))
    const honest = 'import subprocess\nprint(subprocess.check_output(["echo", "hello"]))'
    const { verdict } = await sandbox.execute({ source: honest, seed: 1 }, limits({ wallMs: 20_000 }))
    expect(verdict).toMatchObject({ kind: 'ok', stdout: "b'hello\\n'\n" })
    for (const { verdict: bombed } of await Promise.all(bombs)) expect(bombed.kind).toBe('timeout')
    expect(await close()).toEqual([])
  }, 60_000)

  test('an image that the engine does not have is an outage with the engine’s own words', async () => {
    await expect(DockerSlots.open({ image: 'agent0-sandbox:absent' })).rejects.toMatchObject({
      type: 'Sandbox.SlotBootFailed',
      message: expect.stringContaining('absent'),
    })
  })
})

describeOn('docker', 'users of slots', () => {
  test('two pools that begin with the same user never share one', async () => {
    runId = `users-${process.pid}`
    const image = (await realSlots('docker')).guarantees.imageDigest
    const pool = async () => DockerSlots.open({ image, runId, firstUser: 77 })
    const channels = await Promise.all(
      [await pool(), await pool()].flatMap((slots) => [slots.boot(0, 'bare'), slots.boot(1, 'bare')]),
    )
    const users = execFileSync('docker', ['inspect', '--format', '{{.Config.User}}', ...containers(runId)], {
      encoding: 'utf8',
    })
    expect(new Set(users.trim().split('\n')).size).toBe(4)
    await Promise.all(channels.map((channel) => channel.destroy()))
    expect(containers(runId)).toEqual([])
  }, 60_000)
})
