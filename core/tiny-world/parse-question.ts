/** A start or a step of a chain: its kind and the numbers of its wording, left to right. */
export interface Part<Kind extends string> {
  kind: Kind
  numbers: readonly number[]
}

export type StartKind = keyof typeof STARTS
export type StepKind = keyof typeof STEPS

/** What a question of the tiny world asks for: a start value and 0 to `STEPS_MAX` steps. */
export interface Chain {
  start: Part<StartKind>
  steps: readonly Part<StepKind>[]
}

export const STEPS_MAX = 8

// One `#` for each number. The same tables as in ml/agent0_ml/tiny_world/grammar.py; a fixture holds them together.
const STARTS = {
  number: ['#'],
  gcd: ['gcd(#,#)'],
  sum: ['sum of i*#%# for i<#'],
} as const
const STEPS = {
  add: ['Then add #', 'Increase x by #'],
  subtract: ['Then subtract #', 'Decrease x by #'],
  multiply: ['Then multiply by #', 'Scale x by #'],
  remainder: ['Then take the remainder by #', 'Reduce x modulo #'],
  square: ['Then square it', 'Multiply x by itself'],
  digit_sum: ['Then take the digit sum', 'Add up the digits of x'],
  iterate: ['Then repeat # times x=(#*x+#)%#', 'Do # times x=(#*x+#)%#'],
} as const

const OPENING = 'Let x='
const CLOSING = '. What is x?'
/** Three digits at most, as in the corpus: longer ones the base model cannot copy, and its wrong votes then agree. */
const NUMBER = '(0|[1-9][0-9]{0,2})'

function patternOf(wording: string): RegExp {
  const pieces = wording.split('#').map((piece) => piece.replace(/[()*+%]/g, String.raw`\$&`))
  return new RegExp(`^${pieces.join(NUMBER)}$`)
}

function reader<Kind extends string>(table: Readonly<Record<Kind, readonly string[]>>) {
  const kinds = Object.keys(table) as Kind[]
  const patterns = kinds.flatMap((kind) => table[kind].map((wording) => ({ kind, pattern: patternOf(wording) })))
  return (text: string): Part<Kind> | null => {
    for (const { kind, pattern } of patterns) {
      const match = pattern.exec(text)
      if (match !== null) return { kind, numbers: match.slice(1).map(Number) }
    }
    return null
  }
}

const readStart = reader<StartKind>(STARTS)
const readStep = reader<StepKind>(STEPS)

/** The chain that a question asks for; null if it is not a sentence of the grammar. */
export function parseQuestion(question: string): Chain | null {
  if (!question.startsWith(OPENING) || !question.endsWith(CLOSING)) return null
  const [first, ...rest] = question.slice(OPENING.length, -CLOSING.length).split('. ')
  const start = readStart(first!)
  const steps = rest.map(readStep).filter((step) => step !== null)
  if (start === null || steps.length < rest.length || steps.length > STEPS_MAX) return null
  return { start, steps }
}
