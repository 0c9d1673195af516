import { anyTextRounds } from '../support/any-text-laws.ts'
import { installedPython } from '../support/installed.ts'
import { notRun } from '../support/not-run.ts'
import { describeOn, realSlots } from '../support/sandbox-backends.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { oddTexts, qwenTokenizer } from '../support/tokenizers.ts'
import { createSandbox } from '../../services/sandbox/open.ts'
import { SandboxGrader } from '../../services/sandbox/sandbox-grader.ts'

jest.setTimeout(900_000)

/** A tokenizer of Qwen3's form, in which 128 spaces, or dashes, are one token. */
async function qwenFolder(): Promise<string> {
  const folder = temporaryFolder()
  const long = [' ', '-', 'a', '\n'].map((sign) => sign.repeat(256))
  await qwenTokenizer(folder, [...oddTexts(500), ...long, 'What is the sum of the first ten primes? '.repeat(9)])
  return folder
}

if (installedPython() === undefined) notRun('any text through the loop (npm run setup)')
else {
  test('10,000 texts, some of a megabyte, by a tokenizer of Qwen3’s form: all end in data and are harmless', async () => {
    const folder = await qwenFolder()
    const { problems, counts, texts } = await anyTextRounds({ folder, seed: 2, rounds: 60, repeatedMax: 1_000_000 })
    expect(problems).toEqual([])
    expect(texts).toBeGreaterThanOrEqual(10_000)
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(500)
  })

  describeOn('docker', 'any text, with a real sandbox and a real grader', () => {
    test('what programs do and what answers say ends in data', async () => {
      const sandbox = createSandbox(await realSlots('docker'), 2, ['bare', 'grader'])
      const real = { sandbox, grader: new SandboxGrader(sandbox) }
      try {
        const folder = await qwenFolder()
        const { problems, texts } = await anyTextRounds({ folder, seed: 3, rounds: 6, repeatedMax: 50_000, real })
        expect(problems).toEqual([])
        expect(texts).toBeGreaterThan(700)
      } finally {
        await sandbox.close()
      }
    })
  })
}
