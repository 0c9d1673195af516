import { repositoryFiles, type SourceFile } from '../support/repository.ts'
import { importsOf, targetOf } from './imports.ts'

// Files that a person, npm, Node or a tool starts by name.
const ENTRY_POINTS = [
  /\.test\.ts$/,
  /^jest\.config\.mjs$/,
  /^bench\/(main|clusters-job|serving-job|shard-job|loop-worker|no-op-workflow)\.ts$/,
  /^cli\/(agent0\.mjs|main\.ts|reference\/main\.ts)$/,
  /^infra\/setup\/(main|system-packages|complete-lock|lock-python|run-python)\.mjs$/,
  /^infra\/supervisor\/main\.ts$/,
  /^tests\/bare-machine\/main\.ts$/,
  /^tests\/chaos\/(main|faulty-runs)\.ts$/,
  /^tests\/support\/longest-first\.mjs$/,
  /^workers\/(main|bundle-workflows)\.ts$/,
  /^tests\/workflows\/record-histories\.ts$/,
  /^workflows\/(index|failure-converter)\.ts$/,
  /^tests\/support\/(past|failing)-workflows\.ts$/,
]

function orphans(files: readonly SourceFile[]): string[] {
  const imported = new Set(files.flatMap((file) => importsOf(file).map(targetOf)))
  return files
    .map((file) => file.path)
    .filter((path) => !imported.has(path) && !ENTRY_POINTS.some((entry) => entry.test(path)))
    .map((path) => `${path}: nobody imports it: delete it, or use it`)
}

const files = repositoryFiles(['.ts', '.mjs'])

test('every file is imported by somebody, or is an entry point', () => {
  expect(orphans(files)).toEqual([])
})

test('planted, caught: a file that nobody imports', () => {
  const used = { path: 'core/used.ts', text: 'export const x = 1\n' }
  const user = { path: 'cli/main.ts', text: "import '../core/used.ts'\n" }
  const planted = { path: 'core/forgotten.ts', text: 'export const x = 1\n' }
  expect(orphans([used, user, planted])).toEqual([expect.stringContaining('core/forgotten.ts')])
})
