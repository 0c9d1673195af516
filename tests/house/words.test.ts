import { repositoryFiles, type SourceFile } from '../support/repository.ts'

/** A pattern that may not stand in our code, and what to write instead. */
const BANNED: { pattern: RegExp; instead: string; only?: RegExp }[] = [
  { pattern: /\benum\s+\w+\s*\{/, instead: 'a union of string literals (enums need a run-time import)', only: /\.ts$/ },
  { pattern: /\bpkill\b|\bkillall\b/, instead: 'kill by pid what you started' },
  // The logs of others have that key.
  { pattern: /\b(msg|cfg)\b/, instead: 'message, config', only: /^(?!(tests\/)?infra\/supervisor\/last-error\b)/ },
  { pattern: /\bFIXME\b|\bXXX\b/, instead: 'mend it, or an entry in docs/log.md' },
  { pattern: /\b(it|test|describe)\.(only|skip)\b/, instead: 'a test that always runs' },
  { pattern: /\bjest\.mock\(/, instead: 'a fake that implements the port (tests/support/)' },
  {
    pattern: /\bMath\.random\(/,
    instead: 'core/random/seeded-stream.ts',
    only: /^(core|workflows|activities|bench)\//,
  },
  {
    pattern: /\bconsole\.(log|error|warn|info)\(/,
    instead: 'the logger, in cli/ print.ts; only bench/ and infra/setup/ print by themselves',
    only: /^(core|contracts|host|services|report|workflows|activities|workers|infra\/(?!setup|supervisor)|cli\/(?!print\.ts|agent0\.mjs))/,
  },
  {
    pattern: /\bprocess\.env\b/,
    instead: 'a parameter: only workers/, cli/, host/, infra/setup/ and tests read the environment',
    only: /^(contracts|core|services|report|workflows|activities|infra\/(?!setup))/,
  },
  {
    pattern: /\bextends (Application|Activity)Failure\b/,
    instead: 'ApplicationFailure.create with a type of contracts/errors.ts',
  },
  { pattern: /\bas any\b/, instead: 'a type, or unknown and a check' },
]

function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    BANNED.filter(({ pattern, only }) => (only?.test(file.path) ?? true) && pattern.test(file.text)).map(
      ({ pattern, instead }) => `${file.path}: ${pattern.exec(file.text)![0]} → write ${instead}`,
    ),
  )
}

// This file holds every banned word by necessity.
const files = repositoryFiles(['.ts', '.mjs', '.py']).filter((file) => file.path !== 'tests/house/words.test.ts')

test('no banned word stands in the house', () => {
  expect(violations(files)).toEqual([])
})

test.each([
  ['core/x.ts', 'enum Colour { Red }'],
  ['infra/x.mjs', `execa('pkill', ['python'])`],
  ['cli/x.ts', 'const msg = 1'],
  ['ml/x.py', 'cfg = 1'],
  ['core/x.ts', '// FIXME later'],
  ['tests/x.test.ts', `test.only('a', () => {})`],
  ['tests/x.test.ts', `jest.mock('node:fs')`],
  ['core/x.ts', 'const r = Math.random()'],
  ['services/trainer/x.ts', 'console.log(1)'],
  ['cli/x.ts', 'console.error(1)'],
  ['services/trainer/x.ts', 'process.env.HOME'],
  ['activities/x.ts', 'class A extends ApplicationFailure {}'],
  ['core/x.ts', 'const a = b as any'],
])('planted in %s, caught: %s', (path, text) => {
  expect(violations([{ path, text }])).toEqual([expect.stringContaining('→ write ')])
})
