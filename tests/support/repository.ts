import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** One file of the house: its path from the root, with `/`, and its text. */
export interface SourceFile {
  path: string
  text: string
}

const NOT_OURS = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.git',
  '.agent0',
  '__pycache__',
  '.pytest_cache',
  '.ruff_cache',
])

function* walk(folder: string): Generator<string> {
  for (const name of readdirSync(folder).toSorted()) {
    if (NOT_OURS.has(name)) continue
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* walk(path)
    else yield path
  }
}

/** Every file of the repository whose path ends as asked, sorted by path. */
export function repositoryFiles(endings: readonly string[]): SourceFile[] {
  const paths = [...walk(ROOT)].filter((path) => endings.some((ending) => path.endsWith(ending)))
  return paths.map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }))
}
