import { z } from 'zod'

const id = z.union([z.string().min(1), z.number()])

/** A line of a held-out file: a question with its answer. Other fields are ignored. */
export const HeldOutTask = z.looseObject({
  /** By which a correction finds it. */
  id: id.optional(),
  question: z.string().min(1),
  /** `referenceProblem` says whether it can be read: a correction may mend it before. */
  answer: z.union([z.string(), z.number()]),
})

export type HeldOutTask = z.output<typeof HeldOutTask>

/** A line of a file of corrections: what a held-out file is known to have wrong. */
export const HeldOutCorrection = z.union([
  z.strictObject({ id, answer: z.union([z.string().min(1), z.number()]), reason: z.string().optional() }),
  z.strictObject({ id, leaveOut: z.literal(true), reason: z.string().optional() }),
])

export type HeldOutCorrection = z.output<typeof HeldOutCorrection>

/** Words of prose in an answer that is still one: a sentence of a puzzle, a list of names. */
const WORDS_MAX = 25
const PLACEHOLDER =
  /^[^\p{L}\p{N}]*(?:see|refer to|cf\.?)\b.*\b(?:solution|explanation|proof|figure|above|below|text)\b|^(?:\.{2,}|\?+|n[./]?a\.?|none given|no answer|not (?:available|given)|answers? (?:may|will)? ?var(?:y|ies)|todo|tbd|null|nan|-{2,}|[–—]+|answer|solution|(?:the )?proof|omitted|q\.?e\.?d\.?)[.!]?$/iu
/** What only a page can show. `pmatrix`, `cases` and their like are values. */
const LAYOUT =
  /\\begin\s*\{(?:tabular|table|figure|tikzpicture|asy|itemize|enumerate|proof|center)\*?\}|\\includegraphics|\[asy\]/

/** The first bracket of LaTeX's groups that has no partner; null if all have one. */
function unpaired(text: string): string | null {
  let open = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '{') open++
    else if (text[at] === '}' && --open < 0) return '}'
  }
  return open > 0 ? '{' : null
}

/** Why a reference can be compared with nothing; null if it can be read. */
export function referenceProblem(answer: string | number): string | null {
  const text = String(answer).trim()
  if (text === '') return 'is blank'
  if (PLACEHOLDER.test(text)) return 'stands for an answer and is none'
  const bracket = unpaired(text)
  if (bracket !== null) return `is cut: a "${bracket}" has no partner`
  const dollars = text.match(/(?<!\\)\$/g)?.length ?? 0
  if (dollars > 2 && dollars % 2 === 1) return 'is cut: a "$" has no partner'
  const begun = [...text.matchAll(/\\(begin|end)\s*\{/g)].map(([, word]) => word)
  if (begun.filter((word) => word === 'begin').length !== begun.filter((word) => word === 'end').length)
    return 'is cut: a \\begin has no \\end'
  if (LAYOUT.test(text)) return 'is a layout, not a value'
  if (/\\(?:boxed|fbox)(?![A-Za-z])/.test(text)) return 'is still in its box'
  const words = text.replace(/\\[A-Za-z]+/g, ' ').match(/\p{L}{2,}/gu) ?? []
  return words.length > WORDS_MAX ? `is a text of ${words.length} words, not an answer` : null
}
