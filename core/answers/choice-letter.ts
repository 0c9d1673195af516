import { answerIn } from './answer-in.ts'

/** The letter that begins an answer: `C`, `(C)`, `\text{(C)}`, `C. 42`, `(C) Cecile`. */
const LEADING = /^(?:\\(?:text|textbf|mathrm|mathbf)\{)?\s*(?:\(\s*([A-J])\s*\)|([A-J])(?![\w']))/
/** The letter that a sentence ends on: `the answer is (C)`, `the closest is option (C)`, `Answer: C`. */
const NAMED =
  /\b(?:is|be|answer:|option|choice)(?:\s+(?:option|choice|approximately|therefore|thus))?\s+(?:\(([A-J])\)|([A-J])(?=[.,;]|\s*$))/g

/** A longer text that begins with a letter is a sentence: A sinusoidal signal … */
const OPTION_LENGTH_MAX = 60

const letterIn = (found: RegExpExecArray | null) => found?.[1] ?? found?.[2] ?? null

/**
 * The letter A to J that a completion chooses: of its box, else that of the last sentence
 * which names one, else the one that a short text begins with. Null if there is none: nobody guesses. Linear in time.
 */
export function choiceLetter(text: string): string | null {
  const box = answerIn(text)
  if (box !== null) return letterIn(LEADING.exec(box))
  const named = [...text.matchAll(NAMED)].map((found) => letterIn(found)).at(-1)
  if (named !== undefined) return named
  const trimmed = text.trim()
  return trimmed.length > OPTION_LENGTH_MAX ? null : letterIn(LEADING.exec(trimmed))
}
