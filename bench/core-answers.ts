import { extractAnswer } from '../core/answers/extract-answer.ts'
import { plainValue } from '../core/answers/plain-value.ts'
import { vote } from '../core/voting/vote.ts'

/** One measured figure. */
export interface Figure {
  name: string
  value: number
  unit: string
}

const TRANSCRIPT =
  'We add the numbers, \\frac{1}{2} of which are odd.\n```python\nprint(sum(range(9)))\n```\n```output\n36\n```\nSo \\boxed{36}.\n'
const ANSWERS = ['36', '36.0', '\\frac{72}{2}', ' 36 ', null, '36\\text{ cm}', '1,036', '37', '36', '\\dfrac{72}{2}']
const MEGABYTE = 1_000_000

/** Runs per second of `work`, over at least `durationMs` of repetitions after a first run that is not counted. */
function runsPerSecond(work: () => unknown, durationMs: number): number {
  work()
  const start = performance.now()
  let runs = 0
  while (performance.now() - start < durationMs) {
    work()
    runs++
  }
  return (runs / (performance.now() - start)) * 1000
}

/** How fast answers are read and counted, on one core; each figure is measured for `durationMs`. */
export function benchAnswers(durationMs = 1000): Figure[] {
  const transcripts = TRANSCRIPT.repeat(Math.ceil(MEGABYTE / TRANSCRIPT.length)).slice(0, MEGABYTE)
  const braces = `\\boxed{${'{'.repeat(MEGABYTE)}`
  const perSecond = (work: () => unknown) => runsPerSecond(work, durationMs)
  return [
    { name: 'extractAnswer, transcripts', value: perSecond(() => extractAnswer(transcripts)), unit: 'MB/s' },
    { name: 'extractAnswer, 1 MB of { in a box', value: 1000 / perSecond(() => extractAnswer(braces)), unit: 'ms' },
    { name: 'plainValue, 1 MB of {', value: 1000 / perSecond(() => plainValue(braces)), unit: 'ms' },
    { name: 'vote, k = 10, without a grader', value: perSecond(() => vote(ANSWERS)), unit: 'votes/s' },
  ]
}
