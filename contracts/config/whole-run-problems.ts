import type { CurationConfig } from './curation.ts'
import type { CurriculumConfig } from './curriculum.ts'
import type { EvaluationConfig } from './evaluation.ts'
import type { ExecutorConfig } from './executor.ts'
import type { Loss } from './loss.ts'
import type { RolloutConfig } from './rollout.ts'

interface Sections {
  rollout: RolloutConfig
  curriculum: CurriculumConfig
  curation: CurationConfig
  executor: Omit<ExecutorConfig, 'loss'> & { loss: Loss }
  evaluation: EvaluationConfig
}

/** The allowed values at `path`, and why no other value can work. */
interface WholeRunProblem {
  path: string[]
  allowed: string
}

function rewardProblems({ rollout, curriculum }: Sections): WholeRunProblem[] {
  if (curriculum.reward.tool.kind !== 'executed-calls') return []
  const path = ['curriculum', 'reward', 'tool', 'kind']
  if (rollout.turnsMax === 1) return [{ path, allowed: 'none: with rollout.turnsMax 1 no program is ever run' }]
  if (curriculum.answers.tool === 'none')
    return [{ path, allowed: 'none: with curriculum.answers.tool none no program is ever run' }]
  return []
}

/** Proposals of a step that may all be alike: their distances are held at once, in 1 GiB. */
const PROPOSALS_MAX = 16_384

function batchProblems({ curriculum: { groupsPerStep, groupSize, reward } }: Sections): WholeRunProblem[] {
  if (reward.repetition.kind === 'none' || groupsPerStep * groupSize <= PROPOSALS_MAX) return []
  const allowed = `at most ${PROPOSALS_MAX} proposals per step (groupsPerStep × groupSize): more that are alike do not fit into memory`
  return [{ path: ['curriculum', 'groupsPerStep'], allowed }]
}

function bandProblems({ curation: { band, answers }, executor: { loss } }: Sections): WholeRunProblem[] {
  if (band.low > band.high) return [{ path: ['curation', 'band', 'low'], allowed: `at most band.high (${band.high})` }]
  const k = answers.samplesPerTask
  const shares = Array.from({ length: k + 1 }, (_, votes) => votes / k)
  const found: WholeRunProblem[] = []
  if (!shares.some((pHat) => band.low <= pHat && pHat <= band.high)) {
    const allowed = `a band that holds a possible p̂: with ${k} answers per task, a multiple of 1/${k}`
    found.push({ path: ['curation', 'band'], allowed })
  }
  if (loss.kind === 'adpo' && loss.pHatLow >= loss.pHatHigh) {
    const allowed = `less than pHatHigh (${loss.pHatHigh}); their defaults are curation.band.low and high`
    found.push({ path: ['executor', 'loss', 'pHatLow'], allowed })
  }
  return found
}

function curationProblems({ curation, executor }: Sections): WholeRunProblem[] {
  const { poolSize, tasksMin, proposalsMax } = curation
  const found: WholeRunProblem[] = []
  if (tasksMin < executor.tasksPerStep) {
    found.push({
      path: ['curation', 'tasksMin'],
      allowed: `at least executor.tasksPerStep (${executor.tasksPerStep}): a step trains on that many tasks`,
    })
  }
  if (proposalsMax < Math.max(poolSize, tasksMin)) {
    const allowed = `at least poolSize (${poolSize}) and at least tasksMin (${tasksMin})`
    found.push({ path: ['curation', 'proposalsMax'], allowed })
  }
  return found
}

function trainingProblems({ curriculum, executor }: Sections): WholeRunProblem[] {
  const stages = [
    { name: 'curriculum', ...curriculum, rows: curriculum.groupsPerStep * curriculum.groupSize },
    { name: 'executor', ...executor, rows: executor.tasksPerStep * executor.groupSize },
  ]
  return stages.flatMap(({ name, steps, training, rows }) => {
    const found: WholeRunProblem[] = []
    if (training.warmupSteps > 0 && steps > 0 && training.warmupSteps >= steps) {
      const allowed = `less than ${name}.steps (${steps}): the learning rate would never reach its full value`
      found.push({ path: [name, 'training', 'warmupSteps'], allowed })
    }
    if (training.updatesPerBatch > rows) {
      found.push({ path: [name, 'training', 'updatesPerBatch'], allowed: `at most ${rows}, the rows of a batch` })
    }
    return found
  })
}

function evaluationProblems({ evaluation: { heldOut } }: Sections): WholeRunProblem[] {
  if (heldOut.sampling.temperature > 0 || heldOut.samplesPerTask === 1) return []
  const allowed = '1: at temperature 0 all samples of a task are equal'
  return [{ path: ['evaluation', 'heldOut', 'samplesPerTask'], allowed }]
}

/** What is wrong with a config although each of its values alone is allowed. */
export function wholeRunProblems(config: Sections): WholeRunProblem[] {
  return [rewardProblems, batchProblems, bandProblems, curationProblems, trainingProblems, evaluationProblems].flatMap(
    (problems) => problems(config),
  )
}
