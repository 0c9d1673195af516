import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Grader } from '../contracts/ports/index.ts'
import { answerIn } from '../core/answers/answer-in.ts'
import { choiceLetter } from '../core/answers/choice-letter.ts'
import { needsGrader, byDecisions } from '../core/voting/pairs-to-compare.ts'

/** A labelled pair: how a prediction is read, and whether it is the reference. */
const LabelledPair = z.looseObject({
  prediction: z.string(),
  reference: z.string(),
  right: z.boolean(),
  form: z.enum(['answer', 'text', 'choice']),
})
export type LabelledPair = z.output<typeof LabelledPair>

export interface JudgedPair extends LabelledPair {
  /** What was read out of the prediction; null if there is no answer in it. */
  answer: string | null
  equal: boolean
  undecided: boolean
}

const readers: Record<LabelledPair['form'], (prediction: string) => string | null> = {
  answer: (prediction) => prediction,
  text: answerIn,
  choice: choiceLetter,
}

/** All pairs of the JSON lines in a folder. */
export function pairsIn(folder: string): LabelledPair[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  const lines = files.toSorted().flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  return lines.filter((line) => line.trim() !== '').map((line) => LabelledPair.parse(JSON.parse(line)))
}

/** Grades pairs as a run does: in process where that decides, else by the grader. */
export async function judge(pairs: readonly LabelledPair[], grader: Grader): Promise<JudgedPair[]> {
  const read = pairs.map((pair) => ({ ...pair, answer: readers[pair.form](pair.prediction) }))
  const asked = read.flatMap(({ answer, reference, form }) =>
    answer !== null && form !== 'choice' && needsGrader(answer, reference) ? [[answer, reference] as const] : [],
  )
  const compare = byDecisions(asked, await grader.compare(asked))
  return read.map((pair) => {
    const { answer, form, reference } = pair
    if (answer === null || form === 'choice')
      return { ...pair, equal: answer !== null && answer === choiceLetter(reference), undecided: false }
    const decision = compare(answer, reference)
    return { ...pair, equal: decision === 'equal', undecided: decision === 'undecided' }
  })
}

/** `849 pairs, 845 right, 0 false merges, 4 false splits`: undecided counts as different. */
export function summary(judged: readonly JudgedPair[]): string {
  const merges = judged.filter(({ right, equal }) => equal && !right).length
  const splits = judged.filter(({ right, equal }) => right && !equal).length
  return `${judged.length} pairs, ${judged.length - merges - splits} right, ${merges} false merges, ${splits} false splits`
}
