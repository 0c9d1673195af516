/**
 * Adds to package-lock.json the platform builds that it names but does not describe.
 *
 * Why: packages with native parts list one optional package for each platform. Where the registry that made the lock
 * lacks one of them (a mirror that lags), npm leaves its entry out, and `npm ci` then refuses the whole lock on every
 * machine. The entry that we add has no hash, so it must never be installed, on no platform: it is for a system that does not exist.
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
/** No machine's `process.platform`. */
const NOWHERE = 'none'

/** @param {string} name a package name such as `@swc/core-darwin-arm64` */
export function isForOnePlatform(name) {
  const words = name.split(/[-/@.]/)
  return SYSTEMS.some((system) => words.includes(system))
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
    if (entry.optional === true && entry.integrity === undefined)
      Object.assign(entry, { os: [NOWHERE], cpu: undefined })
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (present.has(name) || !isForOnePlatform(name) || !/^\d/.test(String(version))) continue
      lock.packages[`node_modules/${name}`] = { version, os: [NOWHERE], optional: true }
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
