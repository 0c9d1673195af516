import { join } from 'node:path'
import type { Tokenizer } from '../../contracts/ports/index.ts'
import { anyTextRounds } from '../support/any-text-laws.ts'
import { foreignMarkup, liveMarkdown, unsafe } from '../support/leaving-texts.ts'
import { ROOT } from '../support/repository.ts'

const folder = join(ROOT, 'models', 'tiny-world')

test('any text, as question, turn, program, output or answer, ends in data, and is harmless wherever it goes', async () => {
  const { problems, texts, kept } = await anyTextRounds({ folder, seed: 1, rounds: 5, repeatedMax: 20_000 })
  expect(problems).toEqual([])
  expect(texts).toBeGreaterThan(800)
  expect(kept).toBeGreaterThan(0)
}, 120_000)

test('planted, caught: a tokenizer that reads control tokens in texts', async () => {
  const altered = (tokenizer: Tokenizer) => ({ ...tokenizer, encode: tokenizer.encodeTemplate })
  const { problems } = await anyTextRounds({ folder, seed: 1, rounds: 1, repeatedMax: 1_000, altered })
  expect(problems).toContainEqual(expect.stringContaining('control tokens in its prompt'))
  expect(problems).toContainEqual(expect.stringContaining('control tokens in an output'))
}, 120_000)

test.each([
  ['half a pair', unsafe('a\ud800', 9)],
  ['a control character', unsafe('\u001b[2J', 9)],
  ['a turned line', unsafe('\u202e', 9)],
  ['more than may be', unsafe('0123456789', 9)],
  ['a foreign element', foreignMarkup('<p><script>')],
  ['a foreign attribute', foreignMarkup('<p onclick="x">')],
  ['a link', liveMarkdown('[a](b)')],
  ['a tag', liveMarkdown('<b>')],
])('planted, caught: %s', (_what, problem) => {
  expect(problem).not.toBeNull()
})
