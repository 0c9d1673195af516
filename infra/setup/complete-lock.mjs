/**
 * Adds to package-lock.json the platform builds that it names but does not describe.
 *
 * Why: packages with native parts list one optional package for each platform. Where the registry that made the lock
 * lacks one of them (a mirror that lags), npm leaves its entry out, and `npm ci` then refuses the whole lock on every
 * machine. An entry with version, os and cpu is all npm needs to pass over a build that is not for this machine.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'wasi',
  'wasm32',
  'win32',
]
const PROCESSORS = [
  'arm64',
  'arm',
  'armv7',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]

/** @param {string} name a package name such as `@swc/core-darwin-arm64` */
export function platformOf(name) {
  const words = name.split(/[-/@.]/)
  return {
    os: SYSTEMS.filter((system) => words.includes(system)),
    cpu: PROCESSORS.filter((processor) => words.includes(processor)),
  }
}

/**
 * @param {{ packages: Record<string, any> }} lock a parsed package-lock.json (version 3); changed in place
 * @returns {string[]} the names added
 */
export function completeLock(lock) {
  const added = []
  const present = new Set(Object.keys(lock.packages).map((place) => place.replace(/^.*node_modules\//, '')))
  for (const entry of Object.values(lock.packages)) {
    // Addresses that ask for money: no install reads them, and a lock of ours holds no address.
    delete entry.funding
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const { os, cpu } = platformOf(name)
      if (present.has(name) || os.length === 0 || !/^\d/.test(String(version))) continue
      lock.packages[`node_modules/${name}`] = { version, os, ...(cpu.length > 0 && { cpu }), optional: true }
      present.add(name)
      added.push(name)
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  return added
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = new URL('../../package-lock.json', import.meta.url)
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const added = completeLock(lock)
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`package-lock.json: ${added.length} platform builds described that this registry did not serve`)
}
