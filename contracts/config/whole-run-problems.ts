import type { CurationConfig } from './curation.ts'
import type { CurriculumConfig } from './curriculum.ts'
import type { ExecutorConfig } from './executor.ts'
import type { RolloutConfig } from './rollout.ts'

interface Sections {
  rollout: RolloutConfig
  curriculum: CurriculumConfig
  curation: CurationConfig
  executor: ExecutorConfig
}

/** What may stand at `path`, and why nothing else can work. */
interface WholeRunProblem {
  path: string[]
  allowed: string
}

function rewardProblems({ rollout, curriculum }: Sections): WholeRunProblem[] {
  const { kind } = curriculum.reward.tool
  const neverRuns = rollout.turnsMax === 1 || curriculum.estimate.tool === 'none'
  if (kind !== 'executed-calls' || !neverRuns) return []
  return [
    {
      path: ['curriculum', 'reward', 'tool', 'kind'],
      allowed:
        'none (the default is executed-calls): no code is ever run with estimate.tool none or rollout.turnsMax 1',
    },
  ]
}

function curationProblems({ curation, executor }: Sections): WholeRunProblem[] {
  const { band, estimate, poolSize, yieldMin, proposalsMax } = curation
  const k = estimate.samplesPerTask
  const shares = Array.from({ length: k + 1 }, (_, votes) => votes / k)
  const found: WholeRunProblem[] = []
  if (!shares.some((pHat) => band.low <= pHat && pHat <= band.high)) {
    found.push({ path: ['curation', 'band'], allowed: `a band that holds a share of ${k} answers: votes / ${k}` })
  }
  if (yieldMin < executor.tasksPerStep) {
    found.push({
      path: ['curation', 'yieldMin'],
      allowed: `at least executor.tasksPerStep (${executor.tasksPerStep}): a step trains on that many tasks`,
    })
  }
  if (proposalsMax < Math.max(poolSize, yieldMin)) {
    found.push({ path: ['curation', 'proposalsMax'], allowed: 'at least poolSize and at least yieldMin' })
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
      const allowed = `less than the stage's ${steps} steps: the learning rate would never be reached`
      found.push({ path: [name, 'training', 'warmupSteps'], allowed })
    }
    if (training.updatesPerBatch > rows) {
      found.push({ path: [name, 'training', 'updatesPerBatch'], allowed: `at most ${rows}, the rows of a batch` })
    }
    return found
  })
}

/** What is wrong with a config although each section alone is right. */
export function wholeRunProblems(config: Sections): WholeRunProblem[] {
  return [...rewardProblems(config), ...curationProblems(config), ...trainingProblems(config)]
}
