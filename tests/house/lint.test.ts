import { execa } from 'execa'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../support/repository.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Files that break one lint rule each, and the rule that must catch it. */
const PLANTED: readonly [path: string, text: string, rule: string][] = [
  ['contracts/a.ts', `import { vote } from '../core/voting/vote.ts'\nvote([])`, 'no-restricted-imports'],
  ['contracts/b.ts', `export const now = Date.now()`, 'no-restricted-globals'],
  ['core/a.ts', `import { readFile } from 'node:fs/promises'\nvoid readFile('x')`, 'no-restricted-imports'],
  ['core/b.ts', `import { Client } from '@temporalio/client'\nnew Client()`, 'no-restricted-imports'],
  ['core/c.ts', `export const chance = () => Math.random()`, 'no-restricted-properties'],
  ['core/d.ts', `export const now = () => new Date()`, 'no-restricted-globals'],
  ['workflows/a.ts', `import { generate } from '../activities/generate.ts'\ngenerate()`, 'no-restricted-imports'],
  [
    'workflows/b.ts',
    `import { store } from '../services/artifact-store/fs-store.ts'\nstore()`,
    'no-restricted-imports',
  ],
  [
    'activities/a.ts',
    `import { store } from '../services/artifact-store/fs-store.ts'\nstore()`,
    'no-restricted-imports',
  ],
  [
    'cli/a.ts',
    `import { createActivities } from '../activities/index.ts'\ncreateActivities()`,
    'no-restricted-imports',
  ],
  ['cli/b.ts', `import { run } from '../workers/main.ts'\nrun()`, 'no-restricted-imports'],
  ['infra/a.ts', `export const anything = (value: any) => value`, 'no-explicit-any'],
  ['infra/b.ts', `export function f() {\n${'  g()\n'.repeat(71)}}\nfunction g() {}`, 'max-lines-per-function'],
  ['infra/c.ts', `async function f() {}\nf()`, 'no-floating-promises'],
]

test('each planted violation is caught by its lint rule', async () => {
  const folder = temporaryFolder()
  copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { strict: true, module: 'nodenext' } }),
  )
  for (const [path, text] of PLANTED) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const oxlint = join(ROOT, 'node_modules', '.bin', 'oxlint')
  const { stdout } = await execa(oxlint, ['--type-aware', '--format=json'], { cwd: folder, reject: false })
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] }
  const missed = PLANTED.filter(
    ([path, , rule]) => !diagnostics.some(({ filename, code }) => filename === path && code.includes(rule)),
  )
  expect(missed).toEqual([])
})
