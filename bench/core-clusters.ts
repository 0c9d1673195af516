import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { median, type Figure } from './figures.ts'
import { questions } from './questions.ts'

/** What one run in a process of its own gives: clusters, time without start-up and imports, peak resident memory. */
export interface ClustersRun {
  labels: number[]
  seconds: number
  peakMebibytes: number
}

const SIZES = [2048, 8192]
const REFERENCE_SIZE = 512
const WORDS = 40
const REPEATS = 3

const JOB = join(import.meta.dirname, 'clusters-job.ts')
const REFERENCE_JOB = join(import.meta.dirname, '..', 'tests', 'reference', 'clusters_reference.py')

function measure(command: string, commandArguments: string[], texts: readonly string[]): ClustersRun {
  const done = spawnSync(command, commandArguments, {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (done.status !== 0) throw new Error(`${command} ${commandArguments.join(' ')}: ${done.error ?? done.stderr}`)
  return JSON.parse(done.stdout) as ClustersRun
}

const ours = (texts: readonly string[]) => measure(process.execPath, [JOB], texts)

function figuresOfSize(size: number): Figure[] {
  const texts = questions(size, WORDS)
  const runs = Array.from({ length: REPEATS }, () => ours(texts))
  const name = `clusters of ${size} questions of ${WORDS} words`
  return [
    { name: `${name}, median of ${REPEATS}`, value: median(runs.map((run) => run.seconds)), unit: 's' },
    { name: `${name}, peak memory`, value: Math.max(...runs.map((run) => run.peakMebibytes)), unit: 'MiB' },
  ]
}

/** Ours and the reference in turn on the same texts; a ratio per turn. Different clusters end the bench. */
function figuresOfReference(python: string): Figure[] {
  const texts = questions(REFERENCE_SIZE, WORDS)
  const pairs = Array.from({ length: REPEATS }, () => {
    const [mine, theirs] = [ours(texts), measure(python, ['-W', 'ignore', REFERENCE_JOB, '--time'], texts)]
    if (mine.labels.join() !== theirs.labels.join()) throw new Error('the reference finds other clusters')
    return { mine, theirs, ratio: theirs.seconds / mine.seconds }
  })
  const ratios = pairs.map(({ ratio }) => ratio)
  const seconds = median(pairs.map(({ theirs }) => theirs.seconds))
  const name = `clusters of ${REFERENCE_SIZE}`
  const [target] = SIZES
  return [
    { name: `${name}, ours`, value: median(pairs.map(({ mine }) => mine.seconds)), unit: 's' },
    { name: `${name}, NLTK + scikit-learn`, value: seconds, unit: 's' },
    { name: `${name}, ratio, median of ${REPEATS} pairs`, value: median(ratios), unit: '×' },
    { name: `${name}, ratio, lowest`, value: Math.min(...ratios), unit: '×' },
    { name: `${name}, ratio, highest`, value: Math.max(...ratios), unit: '×' },
    {
      name: `NLTK + scikit-learn at ${target}: EXTRAPOLATED from ${REFERENCE_SIZE} as n², not measured`,
      value: seconds * (target! / REFERENCE_SIZE) ** 2,
      unit: 's',
    },
  ]
}

/** @param reference a Python with nltk and scikit-learn */
export function benchClusters(reference: string): Figure[] {
  return [...SIZES.flatMap(figuresOfSize), ...figuresOfReference(reference)]
}
