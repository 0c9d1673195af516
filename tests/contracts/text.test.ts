import {
  forCommand,
  forMarkdown,
  forPage,
  forStackTrace,
  forTemporal,
  forTerminal,
  shortened,
  shown,
} from '../../contracts/text.ts'
import { seededRandom } from '../support/seeded-random.ts'

const TEXTS = 2_000
/** What strings of models, programs and servers are made of when they go wrong. */
const PIECES = [
  'x',
  ' ',
  '\n',
  '\t',
  '\r',
  '\r\n',
  '\0',
  '\ud800',
  '\udc00',
  '😀',
  'é',
  '\u0007',
  '\u007f',
  '\u009b31m',
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u001b]52;c;AAAA\u0007',
  '\u202e',
  '\u2066',
  '\u2028',
  '\ufeff',
  '![x](http://evil.example/p.png)',
  '[agent0 retry](http://evil.example/)',
  '`code`',
  '**bold**',
  '<script>alert(1)</script>',
  '&lt;',
  '| a | b |',
  '# title',
]

const random = seededRandom(7)

function anyText(): string {
  const long = random.integer(200) === 0
  const pieces = Array.from({ length: random.integer(long ? 20_000 : 12) }, () => random.pick(PIECES))
  return pieces.join('')
}

const texts = [
  ...PIECES,
  '',
  '\ud83d'.repeat(3_000_000),
  '\u001b'.repeat(4_000_000),
  ...Array.from({ length: TEXTS }, anyText),
]

const places = [
  ['forTemporal', forTemporal, 2_000],
  ['forStackTrace', forStackTrace, 6_000],
  ['forTerminal', forTerminal, 500_000],
  ['forPage', forPage, 2_000_000],
  ['forCommand', forCommand, 8_000],
] as const

const HARMFUL =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u

test.each(places)(
  '%s: whatever text comes in, what goes out is well-formed, short and without controls',
  (_name, place, most) => {
    const bad = texts.filter((text) => {
      const out = place(text)
      return out.length > most || HARMFUL.test(out)
    })
    expect(bad).toEqual([])
  },
)

test.each(places)('%s leaves an ordinary text as it is, and its own result too', (_name, place) => {
  const ordinary = 'http://127.0.0.1:8000: 503 the queue is full\n\tat line 3: p̂ ≥ 0,3 → 😀'
  expect(place(ordinary)).toBe(ordinary)
  for (const text of texts.slice(0, 500)) expect(place(place(text))).toBe(place(text))
})

test('a control is a mark that a reader sees; half a character is the replacement character', () => {
  expect(shown('a\u001b[2Jb\0c\u009bd\u202ee\ud800f\r\ng', 100)).toBe('a␛[2Jb␀c\\u009bd\\u202ee\ufffdf\ng')
})

test('of a long text both ends stay, and it says how long it was', () => {
  const text = `begin${'x'.repeat(10_000)}end`
  expect(forTemporal(text)).toMatch(/^beginx+ … 10008 characters in all … x+end$/)
  expect(shortened('abcdef', 6)).toBe('abcdef')
  expect(shortened('abcdefg', 6)).toHaveLength(6)
})

// A parser of Markdown is not needed to see it: each character that could begin markup has a backslash before it.
test('in Markdown no character begins markup, whatever text comes in', () => {
  const bad = texts.filter((text) => {
    const out = forMarkdown(text)
    const bare = out.replaceAll(/\\[\\`*_[\]<>!#|~]/g, '').replaceAll('&amp;', '')
    return /[\\`*_[\]<>!#|~&\n]/.test(bare) || out.length > 4_100
  })
  expect(bad).toEqual([])
})
