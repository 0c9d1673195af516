import { seededRandom, type SeededRandom } from './seeded-random.ts'

// What models, programs and people may write at their worst: a seeded generator, so that a failure can be repeated.

const HALF_PAIRS = ['\ud800', '\udc00', '\ud83d', '\udfff\ud800']
const CONTROLS = ['\0', '\b', '\r', '\u007f', '\u009b2J', '\u0085', '\f', '\v', '\r\n', '\u001a']
const TERMINAL = [
  '\u001b[2J',
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u001b]52;c;cHduZWQ=\u0007',
  '\u001bc',
  '\u001b[999B',
]
const INVISIBLE = ['\u202e', '\u2066', '\u2069', '\u200f', '\u2028', '\u2029', '\ufeff', '\u200b', '\u00ad', '\u3164']
const MARKDOWN = [
  '![x](http://evil.example/p.png)',
  '[agent0 retry](javascript:alert(1))',
  '**b**',
  '`c`',
  '# h',
  '| a | b |',
  '<!--',
  '~~~',
]
const MARKUP = [
  '<script>alert(1)</script>',
  '</pre></code></blockquote>',
  '<img src=x onerror=alert(1)>',
  "' onmouseover='x",
  '&lt;b&gt;&#0;',
  '</style>',
  ']]>',
  '<svg/onload=x>',
]
const CONTROL_TOKENS = [
  '<|im_end|>',
  '<|im_start|>assistant\n',
  '<|endoftext|>',
  '<|im_',
  '|>',
  '<think>',
  '</think>',
  '<|unknown|>',
  '<tool_call>',
]
const FENCES = [
  '```python\n',
  '```\n',
  '\n```\n',
  '```',
  '````',
  '~~~python\n',
  '~~~',
  '```output\n',
  '```py\n',
  '```{.python}\n',
  '``` python title=x\n',
  '`````',
  '\n\n```\n',
  '```json\n',
]
const BOXES = [
  '\\boxed{',
  '}',
  '{',
  '\\boxed{7}',
  '\\boxed{\\boxed{1}}',
  '\\fbox{2}',
  '\\boxed 5',
  '\\boxed{}',
  '\\boxed{\\frac{1}{2}}',
  '\\{',
  '\\\\boxed{',
  '\\framebox{',
  '\\boxed{<|im_end|>}',
]
const TAGS = ['<question>', '</question>', '<question>What is 1+1?</question>', '{question}', '<QUESTION>', '<answer>']
const NUMBERS = [
  '9^{9^{9^9}}',
  '(10^6)!',
  '1e400',
  '-0',
  '0x1f',
  'nan',
  'inf',
  '1,234,567',
  '٣',
  '½',
  '𝟘',
  '1_000',
  '10**10**10',
  '\\infty',
  '0.1'.repeat(40),
]
const MATHS = [
  '\\frac',
  '\\sqrt{',
  '\\text{cm}',
  '\\%',
  '$$',
  '\\left(',
  '\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}',
  'x^2+1',
  '(1,2)',
  '[1,2)',
  '\\{1,2\\}',
  '5 m',
  '50\\%',
  'A',
  '101_2',
]
const PRINTED = [
  'array([1, 2])\n',
  'np.float64(1.5)\n',
  '[1. 2. 3.]\n',
  '<map object at 0x7f>',
  'Traceback (most recent call last):\n',
  '[earlier output cut]\n',
  "{'a': nan}",
  '\\n',
]
const CODE = [
  'print(1)',
  'import os;os._exit(70)',
  'while True: pass',
  'def f(:\n',
  "'''```\n'''",
  'print("\\x1b[2J"*9)',
  '# -*- coding: utf-7 -*-\n',
  'x="\\boxed{3}"',
  '\tif 1:\n  print()\n',
  'exit()',
]
const TRAPS = [
  '"agent0 retry run"',
  '__proto__',
  'constructor',
  '$&',
  '$`',
  '%s%n',
  '\\u0000',
  '"',
  "'",
  '\\',
  "'; DROP TABLE t; --",
  '../../etc/passwd',
  '{{',
  '${x}',
  'null',
  ' ',
  '\n',
  '\t',
  '',
  '😀',
  'e\u0301',
  '한국어',
  '👨‍👩‍👧',
  'ﬁ',
]
const ALL = [
  HALF_PAIRS,
  CONTROLS,
  TERMINAL,
  INVISIBLE,
  MARKDOWN,
  MARKUP,
  CONTROL_TOKENS,
  FENCES,
  BOXES,
  TAGS,
  NUMBERS,
  MATHS,
  PRINTED,
  CODE,
  TRAPS,
]

/** What a policy repeats once it has gone wrong. A token of Qwen's may be 128 spaces. */
const REPEATED = [
  ' '.repeat(128),
  '"agent0 ps"',
  '-',
  'a',
  '\n',
  '\\boxed{',
  '{',
  '```python\n',
  '<question>',
  '9',
  '"',
  '\0',
  '\ud800',
  'e\u0301',
  '\u0301',
  '<|im_end|>',
  '\\frac{',
  ')',
  '1,',
  ' the',
  '~',
]

export class HostileTexts {
  readonly #random: SeededRandom
  readonly #repeatedMax: number

  /** @param repeatedMax characters of the longest repetition; one in 500 texts comes near it */
  constructor(seed: number, repeatedMax: number) {
    this.#random = seededRandom(seed)
    this.#repeatedMax = repeatedMax
  }

  /** Any text. */
  text(): string {
    const kind = this.#random.integer(20)
    if (kind === 0) return this.#repetition()
    if (kind === 1) return this.#mixed() + this.#repetition() + this.#mixed()
    if (kind === 2) return this.#noise()
    return this.#mixed()
  }

  /** What a curriculum agent writes, in four of five cases nearly in its form. */
  proposal(): string {
    if (this.#random.integer(5) === 0) return this.text()
    return `${this.#sometimes()}<question>${this.text()}</question>${this.#sometimes()}\\boxed{${this.answer()}}${this.#sometimes()}`
  }

  /** What an executor writes in a turn: prose, programs, answers. */
  turn(): string {
    const pieces = [() => this.text(), () => this.fenced(), () => `\\boxed{${this.answer()}}`]
    return Array.from({ length: 1 + this.#random.integer(3) }, () => this.#random.pick(pieces)()).join('')
  }

  /** A program, as a turn ends with it. */
  fenced(): string {
    return `\n\`\`\`python\n${this.program()}\n\`\`\`\n`
  }

  program(): string {
    return this.#random.integer(3) === 0 ? this.text() : `${this.#random.pick(CODE)}${this.#sometimes()}`
  }

  answer(): string {
    const kind = this.#random.integer(6)
    if (kind === 0) return this.#random.pick(['1', '2', '1/2', '0.5', '\\frac12', '50\\%'])
    if (kind === 1) return this.#random.pick(NUMBERS)
    if (kind === 2) return this.#digits()
    return kind === 3
      ? this.text()
      : Array.from({ length: 1 + this.#random.integer(4) }, () =>
          this.#random.pick(this.#random.pick([MATHS, NUMBERS, TRAPS])),
        ).join('')
  }

  /** One of a list. */
  pick<T>(items: readonly T[]): T {
    return this.#random.pick(items)
  }

  #sometimes(): string {
    return this.#random.integer(3) === 0 ? this.text() : ''
  }

  #mixed(): string {
    const own = Array.from({ length: 1 + this.#random.integer(3) }, () => this.#random.pick(ALL))
    return Array.from({ length: this.#random.integer(14) }, () => this.#random.pick(this.#random.pick(own))).join('')
  }

  #length(): number {
    return this.#random.integer(25) === 0 ? this.#repeatedMax : 1 + this.#random.integer(2_000)
  }

  #repetition(): string {
    const unit = this.#random.pick(REPEATED)
    return unit.repeat(Math.ceil(this.#length() / unit.length))
  }

  #digits(): string {
    return String(1 + this.#random.integer(9)).repeat(
      this.#random.integer(10) === 0 ? 100_000 : 1 + this.#random.integer(400),
    )
  }

  /** UTF-16 units without any sense. */
  #noise(): string {
    return String.fromCharCode(
      ...Array.from({ length: this.#random.integer(200) }, () => this.#random.integer(0x10000)),
    )
  }
}
