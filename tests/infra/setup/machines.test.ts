import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { digestOf } from '../../../host/paths.mjs'
import { identify, isAlive } from '../../../host/process-identity.ts'
import { eventually } from '../../support/supervised.ts'
import { completeLock } from '../../../infra/setup/complete-lock.mjs'
import { withoutTorch } from '../../../infra/setup/steps/python-environment.mjs'
import { Machine } from '../../support/machine.ts'
import { ROOT } from '../../support/repository.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

// Real processes, on machines with other work.
jest.setTimeout(60_000)

const SHELL = ['sh', 'cat', 'flock', 'tar', 'gzip']

test('no Temporal, no download, no Go: one sentence names the three ways out', async () => {
  const said = await new Machine(...SHELL).temporal()
  expect(said).toMatch(
    /^✗ Temporal server: .*put a "temporal" binary.*on PATH, or set TEMPORAL_ADDRESS.*, or install Go/,
  )
})

test('a Go that is too old counts as none', async () => {
  const machine = new Machine(...SHELL).withCommand('go', 'echo go version go1.19.4 linux/amd64')
  expect(await machine.temporal()).toContain('install Go 1.21 or newer')
})

test('a temporal on PATH is used from 1.5 on, an older one is not', async () => {
  const version = (text: string) => new Machine(...SHELL).withCommand('temporal', `echo temporal version ${text}`)
  expect(await version('1.5.1').temporal()).toMatch(/^✓ Temporal server: CLI 1\.5\.1 from PATH/)
  expect(await version('1.4.9').temporal()).toContain('✗ Temporal server')
})

test('TEMPORAL_ADDRESS makes our own server unnecessary', async () => {
  const machine = new Machine(...SHELL)
  machine.env['TEMPORAL_ADDRESS'] = 'temporal.lab:7233'
  expect(await machine.temporal()).toMatch(/^✓ Temporal server: yours at temporal\.lab:7233/)
})

describe('the vendor download', () => {
  async function archive(): Promise<Buffer> {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'temporal'), '#!/bin/sh\necho temporal version 1.8.2\n', { mode: 0o755 })
    await execa('tar', ['-czf', join(folder, 'a.tar.gz'), '-C', folder, 'temporal'])
    return readFileSync(join(folder, 'a.tar.gz'))
  }

  const NAMES = ['amd64', 'arm64'].map((processor) => `temporal_cli_1.8.2_linux_${processor}.tar.gz`)
  const listOf = (checksum: string) => NAMES.map((name) => `${checksum}  ${name}\n`).join('')

  /** What set-up says, twice, where a server gives this archive, and the repository knows these checksums. */
  async function served(bytes: Buffer, ...archives: readonly string[]): Promise<string> {
    const own = createHash('sha256').update(bytes).digest('hex')
    const server = createServer((request, response) => {
      // As the vendor's, it vouches for whatever it gives.
      if (request.url === '/v1.8.2/checksums.txt') response.end(listOf(own))
      else if (NAMES.some((name) => request.url === `/v1.8.2/${name}`)) response.end(bytes)
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const machine = new Machine(...SHELL)
    machine.env['AGENT0_TEMPORAL_RELEASES'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      return `${await machine.temporal(...archives)}\n${await machine.temporal(...archives)}`
    } finally {
      server.close()
    }
  }

  test('is taken when the repository knows its checksum, and stays in the cache', async () => {
    const bytes = await archive()
    const said = await served(bytes, listOf(createHash('sha256').update(bytes).digest('hex')))
    expect(said.match(/✓ Temporal server: CLI 1\.8\.2 \(/g)).toHaveLength(2)
  })

  test('is never used when only its own server vouches for it', async () => {
    const bytes = await archive()
    for (const archives of [[], [listOf('0'.repeat(64))], ['']])
      expect(await served(bytes, ...archives)).toMatch(/✗ Temporal server(.|\n)*✗ Temporal server/)
  })
})

test('a Python older than 3.11 is named with its version and the way out', async () => {
  const machine = new Machine(...SHELL).withCommand('python3', 'echo Python 3.10.12')
  const said = await machine.run('pythonEnvironment', 'python-environment')
  expect(said).toContain('✗ Python environment: Python 3.11 or newer is needed (python3 is 3.10.12)')
  expect(said).toContain('AGENT0_PYTHON')
})

test('a Python without pip, and no uv: the sentence names both ways out', async () => {
  const machine = new Machine(...SHELL).withCommand(
    'python3',
    'case "$1" in --version) echo Python 3.11.2;; *) exit 1;; esac',
  )
  const said = await machine.run('pythonEnvironment', 'python-environment')
  expect(said).toMatch(/✗ Python environment: .*python3-pip, or put "uv" on PATH/)
})

test('without an engine and bubblewrap, set-up and whoever opens the sandbox say so, and what to do', async () => {
  const said = /No Docker engine answers and bubblewrap is not installed: start an engine, or install/
  const machine = new Machine(...SHELL)
  expect(await machine.run('sandboxBackend', 'sandbox-backend')).toMatch(said)
  const open = `import('${ROOT}/services/sandbox/open.ts').then(({ openSlots }) => openSlots({})).catch(({ message }) => console.log(message))`
  const { stdout } = await execa(process.execPath, ['-e', open], { env: machine.env, extendEnv: false })
  expect(stdout).toMatch(said)
})

test('for another torch build the lock loses torch and its GPU libraries and nothing else', () => {
  const text =
    'anyio==4.0 \\\n    --hash=sha256:aa\ntorch==2.13.0 \\\n    --hash=sha256:bb\nnvidia-nccl==1 \\\n    --hash=sha256:cc\ntorchmetrics==1 \\\n    --hash=sha256:dd\ntriton==3\n'
  expect(withoutTorch(text)).toBe('anyio==4.0 \\\n    --hash=sha256:aa\ntorchmetrics==1 \\\n    --hash=sha256:dd')
})

test('a lock gets the platform builds that its registry did not serve, for no machine: they have no hash', () => {
  const packages = {
    'node_modules/tool': {
      optionalDependencies: { '@tool/darwin-arm64': '1.2.3', '@tool/linux-x64-gnu': '1.2.3', extra: '^1' },
    },
    'node_modules/@tool/linux-x64-gnu': { version: '1.2.3', integrity: 'sha512-a', os: ['linux'], optional: true },
    'node_modules/@tool/linux-x64-musl': { version: '1.2.3', os: ['linux'], cpu: ['x64'], optional: true },
  }
  const lock: { packages: Record<string, { os?: string[]; optionalDependencies?: Record<string, string> }> } = {
    packages,
  }
  expect(completeLock(lock)).toEqual(['@tool/darwin-arm64'])
  expect(lock.packages['node_modules/@tool/darwin-arm64']).toEqual({ version: '1.2.3', os: ['none'], optional: true })
  expect(lock.packages['node_modules/@tool/linux-x64-musl']!.os).toEqual(['none'])
  expect(lock.packages['node_modules/@tool/linux-x64-gnu']!.os).toEqual(['linux'])
  expect(completeLock(lock)).toEqual([])
})

test('a Python environment that cannot run is none', async () => {
  const machine = new Machine(...SHELL).withCommand(
    'python3',
    'case "$1" in --version) echo Python 3.11.2;; *) exit 1;; esac',
  )
  const name = `3.11-${digestOf(readFileSync(join(ROOT, 'ml/requirements.txt'), 'utf8'))}-default`
  mkdirSync(join(machine.folder, 'cache', 'python', name), { recursive: true })
  expect(await machine.run('pythonEnvironment', 'python-environment')).toMatch(/✗ Python environment/)
})

test('what set-up has started ends with it, also when it is killed', async () => {
  const folder = temporaryFolder()
  const script = `const { run } = await import('${ROOT}/host/commands.mjs')
    await run('sh', ['-c', 'echo $$ > ${folder}/pid; exec sleep 60'])`
  const setUp = execa(process.execPath, ['--input-type=module', '-e', script], { reject: false })
  await eventually(
    'the command runs',
    () => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8') !== '',
  )
  const child = identify(Number(readFileSync(join(folder, 'pid'), 'utf8')))!
  setUp.kill('SIGKILL')
  await setUp
  await eventually('the command has ended', () => !isAlive(child))
  expect(isAlive(child)).toBe(false)
})
