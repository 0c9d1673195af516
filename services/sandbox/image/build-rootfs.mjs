/**
 * The sandbox's root file system from Debian packages of this machine's own apt mirror; needs `debootstrap` and root, no
 * image registry. Plain JavaScript for Node 20 without packages: the set-up calls it before anything is installed.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf, FOLDER, run } from './build-tools.mjs'

/** Fails where a package is missing or broken; prints the versions. */
export const PROBE = 'import numpy, sympy, math_verify; print(numpy.__version__, sympy.__version__)'
const UNUSED = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info', 'var/lib/apt', 'var/cache']

/** This machine's Debian or Ubuntu mirror, as apt would use it now. */
async function aptMirror() {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? ''
  const format = ['--format', '$(RELEASE) $(COMPONENT) $(REPO_URI)', 'Created-By: Packages']
  const targets = (await run('apt-get', ['indextargets', ...format])).split('\n').map((line) => line.split(' '))
  const mirror = targets.find(([release, component]) => release === codename && component === 'main')?.[2]
  if (mirror === undefined) throw new Error(`apt knows no mirror for ${codename}`)
  return { codename, mirror }
}

/** @typedef {{ cacheFolder: string, log: (line: string) => void }} BuildOptions */

/**
 * @param {string} target
 * @param {(line: string) => void} log
 */
async function fillRootfs(target, log) {
  const { codename, mirror } = await aptMirror()
  log('sandbox: Debian base (about a minute)')
  await run('debootstrap', ['--variant=minbase', '--include=python3', codename, target, mirror])
  const python = await run('chroot', [target, 'python3', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
  const site = `/usr/local/lib/python${python}/dist-packages`
  log(`sandbox: Python ${python} packages`)
  const pinned = ['--require-hashes', '--only-binary=:all:', '--no-deps', '--no-compile', '--python-version', python]
  const requirements = ['-r', join(FOLDER, 'image/requirements.txt')]
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', join(target, site), ...pinned, ...requirements])
  await run('find', [join(target, site), '-depth', '-type', 'd', '-name', 'tests', '-exec', 'rm', '-r', '{}', '+'])
  const compile = await readFile(join(FOLDER, 'image/compile-packages.py'), 'utf8')
  await run('chroot', [target, 'python3', '-I', '-c', compile, site])
  for (const path of UNUSED) await rm(join(target, path), { recursive: true, force: true })
  await run('find', [target, '-xdev', '-type', 'f', '-perm', '/6000', '-exec', 'chmod', 'a-s', '{}', '+'])
  const debian = await run('chroot', [target, 'dpkg-query', '-W', '-f', '${Package}==${Version}\\n'])
  const pip = (await readFile(join(FOLDER, 'image/requirements.txt'), 'utf8')).match(/^\S+==[^\s;]+/gm) ?? []
  await mkdir(join(target, 'opt/agent0/guest'), { recursive: true }) // where bubblewrap mounts it
  await writeFile(join(target, 'opt/packages.txt'), `${debian}\n${pip.join('\n')}\n`)
  await run('chroot', [target, 'python3', '-I', '-c', PROBE])
}

/** @param {string} cacheFolder */
async function rootfsFolder(cacheFolder) {
  return join(
    cacheFolder,
    `sandbox-rootfs-${await digestOf(['image/requirements.txt', 'image/compile-packages.py', 'image/build-rootfs.mjs'])}`,
  )
}

/**
 * The root file system if it is there.
 * @param {string} cacheFolder
 * @returns {Promise<string | undefined>}
 */
export async function findRootfs(cacheFolder) {
  const rootfs = await rootfsFolder(cacheFolder)
  return existsSync(rootfs) ? rootfs : undefined
}

/**
 * A root file system with Python, numpy, sympy and math-verify, from Debian packages.
 * `/opt/packages.txt` in it lists every version. Safe to call twice and from two processes.
 * @param {BuildOptions} options
 * @returns {Promise<{ rootfs: string }>}
 */
export async function ensureRootfs({ cacheFolder, log }) {
  const rootfs = await rootfsFolder(cacheFolder)
  if (existsSync(rootfs)) return { rootfs }
  if (process.getuid?.() !== 0)
    throw new Error(
      'it is made of Debian packages, which needs root: run "npm run setup" once as root with the same AGENT0_CACHE',
    )
  const partial = `${rootfs}.partial-${process.pid}`
  await mkdir(cacheFolder, { recursive: true })
  try {
    await fillRootfs(partial, log)
    await rename(partial, rootfs).catch((error) => {
      if (!existsSync(rootfs)) throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return { rootfs }
}
