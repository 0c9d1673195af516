/**
 * The sandbox's container image, made once per content of this folder: from Debian packages (build-rootfs.mjs), or by
 * `docker build` where an image registry can be reached. Plain JavaScript for Node 20 without packages: the set-up calls
 * it before anything is installed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureRootfs, PROBE } from './build-rootfs.mjs'
import { digestOf, FOLDER, run } from './build-tools.mjs'

export { ensureRootfs }

/** @typedef {{ cacheFolder: string, log: (line: string) => void }} BuildOptions */

const REPOSITORY = 'agent0-sandbox'

async function imageDigest(image) {
  return run('docker', ['image', 'inspect', '--format', '{{.Id}}', image]).catch(() => undefined)
}

async function importRootfs(image, { cacheFolder, log }) {
  const { rootfs } = await ensureRootfs({ cacheFolder, log })
  log('sandbox: image from Debian packages')
  const order = [
    '--exclude=./opt/agent0/supervisor',
    '--exclude=supervisor/__pycache__',
    '--sort=name',
    '--mtime=@0',
    '--numeric-owner',
    '--transform=s,^supervisor,opt/agent0/supervisor,',
  ]
  const parts = ['-C', rootfs, '.', '-C', FOLDER, 'supervisor']
  const tar = spawn('tar', [...order, '-c', ...parts], { stdio: ['ignore', 'pipe', 'ignore'] })
  const label = ['--change', 'LABEL agent0.sandbox=image']
  const docker = spawn('docker', ['import', ...label, '-', image], { stdio: ['pipe', 'ignore', 'pipe'] })
  let problem = ''
  docker.stderr.on('data', (chunk) => (problem += chunk))
  docker.stdin.on('error', () => tar.kill())
  tar.stdout.pipe(docker.stdin)
  const [[tarCode], [code]] = await Promise.all([once(tar, 'close'), once(docker, 'close')])
  if (code !== 0 || tarCode !== 0) throw new Error(`docker import failed: ${problem.trim() || `tar ended ${tarCode}`}`)
}

async function buildFromRegistry(image, { log }) {
  log('sandbox: image by docker build')
  await run('docker', ['build', '--quiet', '--tag', image, FOLDER])
}

/** @param {BuildOptions} options */
async function build(image, options) {
  const problems = []
  for (const way of [importRootfs, buildFromRegistry]) {
    try {
      return await way(image, options)
    } catch (error) {
      problems.push(error.message)
    }
  }
  throw new Error(`no sandbox image could be built:\n- ${problems.join('\n- ')}`)
}

/**
 * The sandbox image in the local engine, under a tag that names this folder's content.
 * @param {BuildOptions} options
 * @returns {Promise<{ image: string, digest: string }>} tag and content digest (`sha256:…`)
 */
export async function ensureSandboxImage(options) {
  const supervisor = (await readdir(join(FOLDER, 'supervisor'))).filter((name) => name.endsWith('.py')).sort()
  const own = ['requirements.txt', 'build-rootfs.mjs', 'build-image.mjs', 'Dockerfile']
  const content = [...own, ...supervisor.map((name) => `supervisor/${name}`)]
  const image = `${REPOSITORY}:${await digestOf(content)}`
  const present = await imageDigest(image)
  if (present !== undefined) return { image, digest: present }
  await run('docker', ['version', '--format', '{{.Server.Version}}'])
  await build(image, options)
  await run('docker', ['run', '--rm', '--network', 'none', '--read-only', image, 'python3', '-I', '-c', PROBE])
  const digest = await imageDigest(image)
  if (digest === undefined) throw new Error(`${image} was built but the engine does not list it`)
  return { image, digest }
}
