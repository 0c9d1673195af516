import { answerIn } from '../../../core/answers/answer-in.ts'
import { extractAnswer } from '../../../core/answers/extract-answer.ts'
import { parseProposal } from '../../../core/answers/parse-proposal.ts'
import { isPlaceholder } from '../../../core/answers/placeholder.ts'
import { plainValue } from '../../../core/answers/plain-value.ts'
import { parseToolCall } from '../../../core/answers/parse-tool-call.ts'
import { takesLinearTime } from '../../support/linear-time.ts'
import { seededRandom, type SeededRandom } from '../../support/seeded-random.ts'

const PIECES = [
  '\\boxed{',
  '{',
  '}',
  '\\',
  '\\{',
  '\\}',
  '\\\\',
  '```python\n',
  '\n```\n',
  '```',
  '```output\n',
  '<question>',
  '~~~py\n',
  '\n~~~\n',
  '"""',
  "'''",
]
const MORE = [
  '</question>',
  '<think>',
  '</think>',
  ' and ',
  ', ',
  '#',
  '\\fbox{',
  '\\boxed 5',
  '\\text{',
  '\\frac',
  ' cm',
  '\\%',
  '$',
  '1,234',
  '0',
  '.5',
  ' ',
  '\n',
  'x',
  '\0',
  '\ud800',
  '😀',
  'é',
]
const GOOD = [
  'So \\boxed{\\frac{1}{2}}.',
  '<question>What is 1+1?</question>\n\\boxed{2}',
  'I run\n```python\nprint(1)\n```\n',
  '1{,}234\\text{ cm}',
]

function randomText(random: SeededRandom): string {
  const pieces = [...PIECES, ...MORE]
  return Array.from({ length: random.integer(16) }, () => random.pick(pieces)).join('')
}

/** A good text in which a stretch is cut out, doubled or replaced by noise. */
function mutatedText(random: SeededRandom): string {
  const text = random.pick(GOOD)
  const start = random.integer(text.length)
  const stretch = text.slice(start, start + random.integer(8))
  const instead = random.pick(['', stretch + stretch, randomText(random)])
  return text.slice(0, start) + instead + text.slice(start + stretch.length)
}

/** Where the brace that is open at `start` closes; −1 if it does not. */
function closing(text: string, start: number): number {
  let depth = 1
  for (let at = start; at < text.length; at++) {
    const isLineBreak = text.startsWith('\\\\', at) && !text.startsWith('\\boxed{', at + 1)
    if (isLineBreak || text.startsWith('\\{', at) || text.startsWith('\\}', at)) at++
    else if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  return -1
}

const BOX = /\\(?:boxed|fbox)(?![A-Za-z])\s*\{/g

/** The last box by its definition, in cubic time: it closes, holds something, and is no argument in a box that closes. */
function slowLastBox(text: string): string | null {
  const boxes = [...text.matchAll(BOX)].map(({ index, 0: { length } }) => {
    const from = index + length
    const to = closing(text, from)
    return { index, from, to, content: text.slice(from, Math.max(from, to)).trim() }
  })
  const complete = boxes.filter(({ content }) => content !== '')
  const own = complete.filter(({ index, content }) => {
    const around = boxes.findLast((box) => box.from <= index && (box.to < 0 || box.to > index))
    const isDeeper = around !== undefined && closing(`${text.slice(around.from, index)}}`, 0) !== index - around.from
    return !isPlaceholder(content) && !(isDeeper && complete.includes(around))
  })
  return own.at(-1)?.content ?? null
}

/** Without the boxes that an answer loses. */
const plain = (text: string) => text.replace(/\\(?:boxed|fbox)|[{}\s]/g, '')

test('100,000 random and mutated texts: no parser throws, and each result keeps its promise', () => {
  const random = seededRandom(4)
  const seen = { boxed: 0, wellFormed: 0, call: 0, unclosed: 0, not_understood: 0 }
  for (let round = 0; round < 100_000; round++) {
    const text = round % 2 === 0 ? randomText(random) : mutatedText(random)
    const answer = extractAnswer(text)
    const last = slowLastBox(text)
    const isKnown = !/\\(?:boxed|fbox)\s*(?:[^\s{A-Za-z]|$)/.test(text) && !/\\(?:boxed|fbox)/.test(last ?? '')
    if (isKnown && answer !== last && !answer?.endsWith(`, ${last}`))
      throw new Error(`${JSON.stringify(text)}: ${JSON.stringify(answer)}, not ${JSON.stringify(last)}`)
    if (answer !== null) seen.boxed++
    const prose = answerIn(text)
    if (prose !== null && !prose.split(', ').every((part) => plain(text).includes(plain(part))))
      throw new Error(`invented: ${JSON.stringify(text)}`)
    if (plainValue(text)?.key.trim() === '') throw new Error(`nothing left of ${JSON.stringify(text)}`)
    const proposal = parseProposal(text)
    if (proposal.kind === 'well_formed') {
      seen.wellFormed++
      if (proposal.question === '' || proposal.ownAnswer === '') throw new Error(JSON.stringify(text))
    }
    const call = parseToolCall(text)
    if (call.kind !== 'none') seen[call.kind]++
  }
  // The texts reach every branch, not only the refusals.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(1000)
})

const READERS = { extractAnswer, plainValue, parseProposal, parseToolCall, answerIn }
const UNITS = [
  ...PIECES,
  ...MORE,
  '\\boxed{{',
  '1{,}',
  '1\\!',
  '5 cm per ',
  '5 cm ',
  '\\text{cm',
  '\\text{cm }',
  '\\(',
  '1,234,',
  '\\left',
]

test.each(Object.entries(READERS))('%s takes linear time, whatever is repeated, in a box or not', (_name, read) => {
  const inBox = (text: string) => read(`\\boxed{${text}`)
  expect(UNITS.filter((unit) => !takesLinearTime(read, unit) || !takesLinearTime(inBox, unit))).toEqual([])
})

test('planted, caught: a reader in quadratic time', () => {
  const read = (text: string) => {
    let sum = 0
    for (let end = 0; end < text.length; end++) for (let at = 0; at < end; at += 64) sum += text.charCodeAt(at)
    return sum
  }
  expect(takesLinearTime(read, '{')).toBe(false)
})
