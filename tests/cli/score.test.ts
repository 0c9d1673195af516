import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import type { ScoreRecord } from '../../contracts/score.ts'
import { ROOT } from '../support/repository.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

jest.setTimeout(60_000)

const boxed = (answer: string, toolCalls = 0) => ({ text: `Hence \\boxed{${answer}}.`, toolCalls })
const rollouts = (...votes: [answer: string, count: number][]) =>
  votes.flatMap(([answer, count]) => Array.from({ length: count }, () => boxed(answer, 2)))

async function score(lines: readonly unknown[], ...options: string[]) {
  const file = join(temporaryFolder(), 'stored.jsonl')
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  writeFileSync(file, text.join('\n'))
  const { stdout, stderr, exitCode } = await execa(
    process.execPath,
    [join(ROOT, 'cli', 'agent0.mjs'), 'score', file, ...options],
    { reject: false },
  )
  const records = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as ScoreRecord]))
  return { records, said: stderr.replaceAll(file, 'FILE'), code: exitCode }
}

// Two unlike questions, so each is a cluster of one of two: R_rep = 1/2.
const HALF = {
  id: 'half',
  question: 'How many primes lie below one hundred?',
  rollouts: rollouts(['25', 5], ['24', 3], ['26', 2]),
}
const SURE = {
  id: 'sure',
  question: 'What is the greatest common divisor of 84 and 36?',
  rollouts: rollouts(['12', 10]),
}

test.each([
  // R_unc 1 or ½; R_tool 0.6·2/4 or 0.05·2; R_rep ½; gated or additive.
  ['paper', { uncertainty: 1, tool: 0.3, repetition: 0.5, total: 0.8 }],
  ['code', { uncertainty: 0.5, tool: 0.1, repetition: 0.5, total: 0.1 }],
  ['default', { uncertainty: 1, tool: 0.1, repetition: 0.5, total: 0.6 }],
])('the worked example under preset %s', async (preset, expected) => {
  const { records, code } = await score([HALF, SURE], '--preset', preset)
  const [half, sure] = records
  for (const [term, value] of Object.entries(expected)) {
    expect(half!.reward[term as keyof typeof expected]).toBeCloseTo(value, 12)
  }
  expect(half).toMatchObject({ pHat: 0.5, label: '25', kept: true, dropReason: null })
  expect(half!.votes).toEqual([
    { answer: '25', count: 5 },
    { answer: '24', count: 3 },
    { answer: '26', count: 2 },
  ])
  expect(half!.adpo).toEqual({ scale: 0.76, clipLow: 0.2, clipHigh: expect.closeTo(0.26, 12) })
  expect(sure).toMatchObject({ pHat: 1, kept: false, dropReason: 'above-band', adpo: null })
  expect(code).toBe(0)
})

test('answers are the last complete box of prose, and who gives none abstains but stays in the denominator', async () => {
  const texts = ['\\boxed{1} then \\boxed{2}', '\\boxed{2} then \\boxed{3', '```python\n"\\boxed{9}"\n```', 'nothing']
  const line = { id: 'a', question: 'q', rollouts: texts.map((text) => ({ text, toolCalls: 0 })) }
  const { records } = await score([line])
  expect(records[0]).toMatchObject({ answers: ['2', '2', null, null], abstained: 2, pHat: 0.5, label: '2' })
})

test('a proposal is read for its format; a malformed one is dropped and earns what its preset says', async () => {
  const line = { ...HALF, id: 'bad', proposal: 'no tags, \\boxed{1}' }
  const [gated, additive] = await Promise.all(['paper', 'code'].map((preset) => score([line], '--preset', preset)))
  expect(gated!.records[0]).toMatchObject({ dropReason: 'malformed', reward: { format: 0, total: 0 } })
  expect(additive!.records[0]!.reward.total).toBe(-2)
})

test('bad lines are named with number and reason, the good ones are scored as one batch', async () => {
  const { records, said, code } = await score([
    HALF,
    '{"id":',
    '',
    { id: 'c', question: 'q', rollouts: [] },
    { ...SURE, colour: 1 },
    SURE,
  ])
  expect(records.map(({ id, reward }) => [id, reward.repetition])).toEqual([
    ['half', 0.5],
    ['sure', 0.5],
  ])
  expect(said).toMatch(
    /^FILE:2: not JSON: .*\nFILE:4: rollouts: .*\nFILE:5: the object: .*colour.*\n3 of 5 lines were left out/,
  )
  expect(code).toBe(1)
})

test('a file that is not there, and a preset that does not exist, are sentences', async () => {
  const { stderr } = await execa(process.execPath, [join(ROOT, 'cli', 'agent0.mjs'), 'score', '/nowhere'], {
    reject: false,
  })
  expect(stderr).toBe('/nowhere: there is no such file')
  expect((await score([HALF], '--preset', 'papre')).said).toMatch(/Allowed choices are .*code, default,.* paper,/)
})

test('near-duplicates of a kept question are dropped, in the order of the file', async () => {
  const twin = { ...HALF, id: 'twin', question: 'How many primes lie below two hundred?' }
  const { records } = await score([HALF, twin])
  expect(records.map(({ dropReason }) => dropReason)).toEqual([null, 'near-duplicate'])
})

test('lines end at line feeds alone, also of files from other systems and with a byte order mark', async () => {
  const separated = { ...HALF, question: 'How many primes\u2028lie below one hundred?' }
  const { records, said } = await score([`\uFEFF${JSON.stringify(separated)}\r`, SURE])
  expect(said).toBe('')
  expect(records.map(({ id }) => id)).toEqual(['half', 'sure'])
})

test('what cannot be read twice, and a file without lines, are refused with a sentence', async () => {
  const agent0 = [join(ROOT, 'cli', 'agent0.mjs'), 'score']
  const piped = await execa(process.execPath, [...agent0, '/dev/stdin'], { reject: false, input: JSON.stringify(HALF) })
  expect(piped.stderr).toBe('/dev/stdin: is not a regular file: it is read twice, so a pipe cannot be used')
  expect((await score(['', ''])).said).toBe('FILE: holds no lines')
})
