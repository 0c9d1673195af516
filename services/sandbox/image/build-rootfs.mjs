/**
 * The sandbox's root file system: Debian packages from this machine's own apt sources, unpacked and not installed. It needs
 * `apt-get` and `dpkg-deb`; neither root, nor an image registry, nor package lists that root has fetched. Plain JavaScript for
 * Node 20 without packages: the set-up calls it before anything is installed.
 */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { refuseForeignFolder } from '../../../host/own-folder.mjs'
import { findPython } from '../../../host/python.mjs'
import { digestOf, FOLDER, run } from './build-tools.mjs'

/** Fails where a package is missing or broken; prints the versions. */
export const PROBE = 'import numpy, sympy, math_verify; print(numpy.__version__, sympy.__version__)'
/** What every Debian system has, so that programs find a shell, its usual commands and time zones; and Python. */
const PACKAGES = ['?essential', 'tzdata', 'python3']
/** Packages of today still name files by the left place, those of tomorrow only by the right one. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64']
const UNUSED = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info', 'var/cache']

/** @typedef {{ cacheFolder: string, log: (line: string) => void }} BuildOptions */

/**
 * The machine's own sources and keys; all that apt writes is in our folder; what the machine has installed is unknown to it,
 * and what the machine does after an update is not done.
 * @param {string} folder
 * @param {string} architecture
 */
const aptConfig = (folder, architecture) => `
Dir::State "${folder}/state";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
Dir::Log "${folder}";
APT::Architecture "${architecture}";
#clear APT::Architectures;
APT::Architectures "${architecture}";
APT::Install-Recommends "false";
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Debug::NoLocking "true";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
`

/** What makes apt believe a source without a signature, in a one-line source and in a deb822 one. */
const UNSIGNED =
  /^\s*deb(-src)?\s+\[[^\]]*\b(trusted|allow-(insecure|weak|downgrade-to-insecure))=(?!no\b)|^(Trusted|Allow-(Insecure|Weak|Downgrade-To-Insecure)):\s*(?!no\b)\S/im

/**
 * Every package is what the source's signed list says, and the signature's key is in this machine's keyring. Throws where a source is
 * believed without: the packages are what model-written code runs on.
 * @param {string} [folder] of apt's settings
 */
export async function refuseUnsignedSources(folder = '/etc/apt') {
  const below = join(folder, 'sources.list.d')
  const more = existsSync(below) ? (await readdir(below)).filter((name) => /\.(list|sources)$/.test(name)).sort() : []
  for (const file of [join(folder, 'sources.list'), ...more.map((name) => join(below, name))]) {
    if (!existsSync(file) || !UNSIGNED.test(await readFile(file, 'utf8'))) continue
    throw new Error(
      `${file} has apt believe a source without a signature (trusted=yes, allow-insecure): the sandbox is built from signed packages alone. Name the key of that source (Signed-By) instead, or remove it.`,
    )
  }
}

/**
 * Downloads packages and all that they depend on, as for an empty machine.
 * @param {string} folder where apt may write
 * @returns {Promise<string[]>} the package files
 */
async function downloadPackages(folder) {
  await refuseUnsignedSources()
  const archives = join(folder, 'cache/archives')
  for (const each of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(folder, each), { recursive: true })
  await writeFile(join(folder, 'status'), '')
  const config = join(folder, 'apt.conf')
  await writeFile(config, aptConfig(folder, await run('dpkg', ['--print-architecture'])))
  const apt = (/** @type {string[]} */ ...args) => run('apt-get', ['-c', config, ...args])
  // A source that does not answer matters only if it has what we need, and then the next command says so.
  await apt('update').catch(() => undefined)
  await apt('install', '--yes', '--download-only', ...PACKAGES)
  const names = (await readdir(archives)).filter((name) => name.endsWith('.deb')).sort()
  return names.map((name) => join(archives, name))
}

/**
 * @param {readonly string[]} files
 * @param {string} target
 */
async function unpack(files, target) {
  for (const name of MERGED) {
    await mkdir(join(target, 'usr', name), { recursive: true })
    await symlink(`usr/${name}`, join(target, name))
  }
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -p -C "$2"'
  for (const file of files) await run('bash', ['-o', 'pipefail', '-c', script, 'unpack', file, target])
  // The only thing that an installation would have made and that programs look for: the names of users and groups.
  for (const name of ['passwd', 'group'])
    await copyFile(join(target, `usr/share/base-passwd/${name}.master`), join(target, 'etc', name))
}

/** `Package==Version`, as the name of a package's file says it. @param {string} file */
function nameAndVersion(file) {
  const [name = '', version = ''] = file.slice(file.lastIndexOf('/') + 1).split('_')
  return `${name}==${decodeURIComponent(version)}`
}

/**
 * Runs a command in the root file system; where we are not root, as the root of a user namespace.
 * @param {string} target
 * @param {string[]} command
 */
async function runInside(target, command) {
  const namespace = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return run('unshare', [...namespace, `--root=${target}`, ...command])
}

/**
 * @param {string} target
 * @param {(line: string) => void} log
 */
async function fillRootfs(target, log) {
  log('sandbox: Debian packages')
  const apt = join(target, 'apt')
  const files = await downloadPackages(apt)
  await unpack(files, target)
  await rm(apt, { recursive: true })
  const python = await runInside(target, ['python3', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
  const site = `/usr/local/lib/python${python}/dist-packages`
  log(`sandbox: Python ${python} packages`)
  const pinned = ['--require-hashes', '--only-binary=:all:', '--no-deps', '--no-compile', '--python-version', python]
  const requirements = ['-r', join(FOLDER, 'image/requirements.txt')]
  const { path: builder } = await findPython()
  await run(builder, ['-m', 'pip', 'install', '--quiet', '--target', join(target, site), ...pinned, ...requirements])
  await run('find', [join(target, site), '-depth', '-type', 'd', '-name', 'tests', '-exec', 'rm', '-r', '{}', '+'])
  const compile = await readFile(join(FOLDER, 'image/compile-packages.py'), 'utf8')
  await runInside(target, ['python3', '-I', '-c', compile, site])
  for (const path of UNUSED) await rm(join(target, path), { recursive: true, force: true })
  await run('find', [target, '-xdev', '-type', 'f', '-perm', '/6000', '-exec', 'chmod', 'a-s', '{}', '+'])
  const pinnedByUs = (await readFile(join(FOLDER, 'image/requirements.txt'), 'utf8')).match(/^\S+==[^\s;]+/gm) ?? []
  await mkdir(join(target, 'opt/agent0/guest'), { recursive: true }) // where bubblewrap mounts it
  await writeFile(join(target, 'opt/packages.txt'), `${[...files.map(nameAndVersion), ...pinnedByUs].join('\n')}\n`)
  await runInside(target, ['python3', '-I', '-c', PROBE])
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
  refuseForeignFolder(cacheFolder)
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
