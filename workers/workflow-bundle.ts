import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, digestOf, readOurs, ROOT } from '../host/paths.mjs'

const BUNDLE_BYTES_MAX = 64 << 20
/** Of other versions and clones; what is written last stays. */
const KEPT = 8

/** A name for all that goes into the bundle. */
function digestOfSources(): string {
  const sources = globSync('{workflows,core,contracts}/**/*.ts', { cwd: ROOT }).toSorted()
  const files = ['package-lock.json', 'workers/build-workflow-bundle.ts', 'workers/data-converter.ts', ...sources]
  return digestOf(...files.flatMap((file) => [file, readOurs(file)]))
}

/** Made in a process of its own, so that the worker's memory stays its own. */
async function bundleApart(): Promise<string> {
  const program = join(import.meta.dirname, 'bundle-workflows.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program], { maxBuffer: BUNDLE_BYTES_MAX })
  return stdout
}

function keep(folder: string, file: string, code: string): void {
  mkdirSync(folder, { recursive: true })
  const partial = `${file}.${process.pid}`
  writeFileSync(partial, code)
  renameSync(partial, file)
  const age = (name: string) => -statSync(join(folder, name)).mtimeMs
  const old = readdirSync(folder).toSorted((a, b) => age(a) - age(b)).slice(KEPT) // prettier-ignore
  for (const name of old) rmSync(join(folder, name), { force: true })
}

/** The code of our workflows for Temporal's sandbox. Webpack takes seconds, so a worker that is started again finds it as it was. */
export async function workflowBundle(folder = join(cacheFolder(), 'workflow-bundles')): Promise<string> {
  const file = join(folder, `${digestOfSources()}.js`)
  try {
    return readFileSync(file, 'utf8')
  } catch {
    const code = await bundleApart()
    try {
      keep(folder, file, code)
    } catch {
      // A cache that cannot be written costs the next start those seconds.
    }
    return code
  }
}
