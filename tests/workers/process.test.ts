import { execa } from 'execa'
import { join } from 'node:path'
import { ROOT } from '../support/repository.ts'
import { freePort } from '../support/supervised.ts'
import { startTemporalServer } from '../support/temporal-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const start = (kind: string, env: Record<string, string>) =>
  execa(process.execPath, [join(ROOT, 'workers', 'main.ts'), kind], { env, extendEnv: false, reject: false, all: true })

type Process = ReturnType<typeof start>

const started: Process[] = []

/** A worker's process, told what it needs by variables alone. */
function worker(kind: string, variables: Record<string, string> = {}): Process {
  const path = process.env['PATH'] ?? ''
  const child = start(kind, {
    PATH: path,
    AGENT0_STORE: temporaryFolder(),
    AGENT0_BASE: '/nowhere',
    AGENT0_MACHINE: 'none',
    ...variables,
  })
  started.push(child)
  return child
}

// A test that failed half-way leaves nothing behind.
afterAll(() => started.forEach((child) => child.kill('SIGKILL')))

/** Waits for a line of a process's output that holds `text`. */
function says(child: Process, text: string): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.all.on('data', (data: Buffer) => {
      said += data.toString()
      if (said.includes(text)) resolve()
    })
    child.all.on('end', () => reject(new Error(`it ended without saying "${text}": ${said}`)))
  })
}

test('a worker does its work until it is told to stop, and then ends well', async () => {
  const server = await startTemporalServer()
  const child = worker('workflow', { TEMPORAL_ADDRESS: server.address })
  await says(child, '"ready"')
  child.kill('SIGTERM')
  expect(await child).toMatchObject({ exitCode: 0 })
  await server.close()
}, 60_000)

test('a worker that is started before its server says so, and waits', async () => {
  const child = worker('workflow', { TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` })
  await says(child, 'no Temporal server answers: trying again')
  child.kill('SIGTERM')
  expect(await child).toMatchObject({ signal: 'SIGTERM' })
}, 60_000)

test.each([
  ['cook', {}, 1, 'usage: '],
  ['workflow', { AGENT0_BASE: '' }, 1, 'AGENT0_BASE'],
])(
  'a worker %j with %j ends with %i and says why',
  async (kind, variables, code, sentence) => {
    const { exitCode, all } = await worker(kind, variables)
    expect([exitCode, String(all)]).toEqual([code, expect.stringContaining(sentence)])
  },
  60_000,
)
