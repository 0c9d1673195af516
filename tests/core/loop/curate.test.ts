import { taskId } from '../../../contracts/ids.ts'
import { iterationId, runId, stageId, stepId } from '../../../contracts/ids.ts'
import type { TaskOutcome } from '../../../contracts/loop-records.ts'
import { CurationTally } from '../../../contracts/stage-tallies.ts'
import { CuratedTask } from '../../../contracts/curated-task.ts'
import type { Proposal } from '../../../contracts/task.ts'
import { candidateFilter } from '../../../core/curriculum/candidate-filter.ts'
import { curate } from '../../../core/loop/curate.ts'
import { vote } from '../../../core/voting/vote.ts'
import { preset } from '../../support/presets.ts'
import { aGeneration } from '../../support/rollouts.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const step = stepId(stageId(iterationId(runId('tiny'), 1), 'curation'), 0)
const settings = preset('default').curation
const SENTENCES = [
  'How many primes are below #?',
  'A train leaves at # o’clock and needs two hours. When does it arrive?',
  'Find the sum of all divisors of #.',
  'What is the area of a square whose side is # long?',
  'In how many ways can # books be put on a shelf?',
]

/** A pool of proposals, some malformed, some alike, with answers that agree more or less. */
function aPool(seed: number, size: number) {
  const random = seededRandom(seed)
  const proposals = Array.from({ length: size }, (_, index): Proposal => {
    const question = random.pick(SENTENCES).replace('#', String(random.integer(9)))
    return {
      id: taskId(step, index),
      policy: 'tiny-curriculum-v0-00000000',
      promptTokenIds: [1],
      generation: aGeneration('text'),
      parsed:
        random.integer(5) === 0
          ? { kind: 'malformed', problem: 'no_answer' }
          : { kind: 'well_formed', question, ownAnswer: 'its own' },
    }
  })
  const outcomes = proposals.flatMap(({ id, parsed }): TaskOutcome[] => {
    if (parsed.kind !== 'well_formed') return []
    const answers = Array.from({ length: 10 }, () => random.pick(['1', '1', '2', '3', null]))
    const samples = answers.map((answer) => ({
      ending: answer === null ? ('no_answer' as const) : ('answered' as const),
      answer,
      agrees: null,
      right: null,
      writtenCalls: 1,
      executedCalls: random.integer(3),
      sampledTokens: 7,
    }))
    const { question } = parsed
    return [
      {
        id,
        question,
        policy: 'p',
        label: null,
        pHat: null,
        vote: vote(answers),
        majorityRight: null,
        graderVersion: 2,
        samples,
      },
    ]
  })
  return { proposals, outcomes }
}

test('every proposal is decided on, in its order, and kept and dropped ones add up to all', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { proposals, outcomes } = aPool(seed, 60)
    const { tasks, decisions, tally } = curate(candidateFilter(settings, []), proposals, outcomes)
    expect(decisions.map(({ id }) => id)).toEqual(proposals.map(({ id }) => id))
    expect(tasks.map(({ id }) => id)).toEqual(decisions.filter(({ dropped }) => dropped === null).map(({ id }) => id))
    expect(CurationTally.parse(tally)).toEqual(tally)
    const dropped = Object.values(tally.dropped).reduce((sum, count) => sum + count, 0)
    expect([tally.kept, tally.kept + dropped]).toEqual([tasks.length, proposals.length])
    expect(tally.proposals).toEqual({ asked: proposals.length, wellFormed: outcomes.length })
    expect(tally.dropped['malformed']).toBe(proposals.length - outcomes.length)
    expect(tally.pHat.reduce((sum, count) => sum + count, 0)).toBe(outcomes.length)
    expect(tally.distinct).toBe(new Set(outcomes.map(({ question }) => question)).size)
  }
})

test('a kept task is what its vote says, and what its proposer said is only told', () => {
  const { proposals, outcomes } = aPool(1, 200)
  const { tasks } = curate(candidateFilter(settings, []), proposals, outcomes)
  expect(tasks.length).toBeGreaterThan(2)
  for (const task of tasks) {
    expect(CuratedTask.parse(task)).toEqual(task)
    const outcome = outcomes.find(({ id }) => id === task.id)!
    expect(task).toMatchObject({ label: outcome.vote!.label, pHat: outcome.vote!.pHat, proposedAnswer: 'its own' })
    expect(task.toolCalls).toBe(outcome.samples.reduce((sum, { executedCalls }) => sum + executedCalls, 0) / 10)
  }
})

test('an empty pool is an empty tally', () => {
  const { tasks, decisions, tally } = curate(candidateFilter(settings, []), [], [])
  expect([tasks, decisions, tally.kept, tally.dropped]).toEqual([[], [], 0, {}])
})
