/**
 * The sandbox's container image, made once per content of `services/sandbox`: from Debian packages (build-rootfs.mjs), or by
 * `docker build` where an image registry can be reached. Plain JavaScript for Node 20 without packages: the set-up calls
 * it before anything is installed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { imageDigest } from '../../../host/engine.mjs'
import { reasonOf } from '../../../host/problem.mjs'
import { ensureRootfs, PROBE } from './build-rootfs.mjs'
import { digestOf, FOLDER, run } from './build-tools.mjs'

/** @typedef {import('./build-rootfs.mjs').BuildOptions} BuildOptions */

const REPOSITORY = 'agent0-sandbox'

/** @param {string} image @param {BuildOptions} options */
async function importRootfs(image, { cacheFolder, log }) {
  const { rootfs } = await ensureRootfs({ cacheFolder, log })
  log('sandbox: image from Debian packages')
  const order = [
    '--exclude=./opt/agent0/guest',
    '--exclude=guest/__pycache__',
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--transform=s,^guest,opt/agent0/guest,',
  ]
  const parts = ['-C', rootfs, '.', '-C', FOLDER, 'guest']
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

/** @param {string} image @param {BuildOptions} options */
async function buildFromRegistry(image, { log }) {
  log('sandbox: image by docker build')
  await run('docker', ['build', '--quiet', '--tag', image, '--file', join(FOLDER, 'image', 'Dockerfile'), FOLDER])
}

/** @param {string} image @param {BuildOptions} options */
async function build(image, options) {
  const problems = []
  for (const way of [importRootfs, buildFromRegistry]) {
    try {
      return await way(image, options)
    } catch (error) {
      problems.push(reasonOf(error))
    }
  }
  throw new Error(`no sandbox image could be built:\n- ${problems.join('\n- ')}`)
}

/** The tag that names the content of the image. */
async function imageName() {
  const guest = (await readdir(join(FOLDER, 'guest'))).filter((name) => name.endsWith('.py')).sort()
  const own = ['requirements.txt', 'compile-packages.py', 'build-rootfs.mjs', 'build-image.mjs', 'Dockerfile']
  return `${REPOSITORY}:${await digestOf([...own.map((name) => `image/${name}`), ...guest.map((name) => `guest/${name}`)])}`
}

/**
 * The sandbox image if the local engine has it.
 * @returns {Promise<{ image: string, digest: string } | undefined>} tag and content digest (`sha256:…`)
 */
export async function findSandboxImage() {
  const image = await imageName()
  const digest = await imageDigest(image)
  return digest === undefined ? undefined : { image, digest }
}

/**
 * The sandbox image in the local engine, built if it is not there.
 * @param {BuildOptions} options
 * @returns {Promise<{ image: string, digest: string }>} tag and content digest (`sha256:…`)
 */
export async function ensureSandboxImage(options) {
  const present = await findSandboxImage()
  if (present !== undefined) return present
  const image = await imageName()
  await run('docker', ['version', '--format', '{{.Server.Version}}'])
  await build(image, options)
  await run('docker', ['run', '--rm', '--network', 'none', '--read-only', image, 'python3', '-I', '-c', PROBE])
  const built = await findSandboxImage()
  if (built === undefined) throw new Error(`${image} was built but the engine does not list it`)
  return built
}
