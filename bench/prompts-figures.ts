import type { FilterDecision, TaskOutcome } from '../contracts/loop-records.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { Proposal } from '../contracts/task.ts'
import { wilsonInterval } from '../core/metrics/wilson.ts'
import { exampleQuestions } from '../core/prompts/worked-examples.ts'
import { NearDuplicates } from '../core/rewards/repetition/near-duplicates.ts'
import type { Figure } from './figures.ts'

/** A pool after its curation. */
export interface SampledPool {
  proposals: readonly Proposal[]
  outcomes: readonly TaskOutcome[]
  decisions: readonly FilterDecision[]
}

/** A share in percent, with its counts and Wilson's interval; none of nothing. */
function share(name: string, count: number, of: number): Figure[] {
  if (of === 0) return []
  const { from, to } = wilsonInterval(count, of)
  const percent = (value: number) => (100 * value).toFixed(0)
  return [
    { name, value: (100 * count) / of, unit: `% (${count} of ${of}; 95 %: ${percent(from)} to ${percent(to)} %)` },
  ]
}

/** How often each value occurs, the most frequent first. */
function counts(name: string, values: readonly string[]): Figure[] {
  const byValue = new Map<string, number>()
  for (const value of values) byValue.set(value, (byValue.get(value) ?? 0) + 1)
  return [...byValue]
    .toSorted(([, a], [, b]) => b - a)
    .map(([value, count]) => ({ name: `${name}: ${value}`, value: count, unit: '' }))
}

/** How many texts are near one of `earlier`, or near a text before them. */
function nearOnes(texts: readonly string[], distanceMin: number, earlier: readonly string[] | null): number {
  const memory = new NearDuplicates(distanceMin)
  for (const text of earlier ?? []) memory.add(text)
  let near = 0
  for (const text of texts) {
    if (memory.of(text).length > 0) near++
    if (earlier === null) memory.add(text)
  }
  return near
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (name: string, unit: string, values: readonly number[]): Figure[] =>
  values.length === 0 ? [] : [{ name, value: sum(values) / values.length, unit }]

export function poolFigures(config: RunConfig, { proposals, outcomes, decisions }: SampledPool): Figure[] {
  const samples = outcomes.flatMap((outcome) => outcome.samples)
  const questions = outcomes.map(({ question }) => question)
  const { bleuDistanceMin } = config.curation.duplicates
  const distance = bleuDistanceMin === 'none' ? 1e-9 : bleuDistanceMin
  const malformed = proposals.flatMap(({ parsed }) => (parsed.kind === 'malformed' ? [parsed.problem] : []))
  const dropped = decisions.flatMap(({ dropped: reason }) => (reason === null ? [] : [reason]))
  const kept = decisions.length - dropped.length
  return [
    ...share('well-formed proposals', proposals.length - malformed.length, proposals.length),
    ...share('answered samples', samples.filter(({ answer }) => answer !== null).length, samples.length),
    ...share('kept proposals', kept, decisions.length),
    ...share('kept of the well-formed', kept, questions.length),
    ...share(
      'copies of an example among the well-formed',
      nearOnes(questions, distance, exampleQuestions),
      questions.length,
    ),
    ...share('near an earlier question among the well-formed', nearOnes(questions, distance, null), questions.length),
    ...counts('malformed', malformed),
    ...counts('dropped', dropped),
    ...counts(
      'samples without an answer',
      samples.flatMap(({ answer, ending }) => (answer === null ? [ending] : [])),
    ),
    ...mean(
      'tokens of a proposal',
      'tokens',
      proposals.map(({ generation }) => generation.tokenIds.length),
    ),
    ...mean(
      'sampled tokens of an answer',
      'tokens',
      samples.map(({ sampledTokens }) => sampledTokens),
    ),
    ...mean(
      'tool calls of an answer',
      'calls',
      samples.map(({ executedCalls }) => executedCalls),
    ),
  ]
}
