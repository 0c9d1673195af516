import type { BookkeepingActivities, RolloutActivities, TrainingActivities } from '../../activities/index.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { noSteps } from '../../core/metrics/tally.ts'
import { curationTally } from './tallies.ts'

/** A reference to so many records that nobody will read. */
export const records = (count: number): ArtifactReference => ({ uri: 'nowhere', sha256: 'a'.repeat(64), count })

const TURNS = 4
/** Generations by sample: each writes a program until its last turn. */
const turnsOf = new Map<number, number>()

/** Activities that have their results at once: for what workflows cost by themselves. Every proposed range gives one task. */
export const stubActivities = {
  proposeTasks: async () => ({ proposals: records(250), tasks: records(1), sampledTokens: 1, requests: [] }),
  rolloutTask: async () => ({
    task: 't',
    answered: 1,
    of: 1,
    toolCalls: 0,
    sampledTokens: 1,
    requests: [],
    rollouts: records(1),
  }),
  generateTurn: async ({ sample }) => {
    const turn = turnsOf.get(sample) ?? 0
    turnsOf.set(sample, turn + 1)
    return { next: turn + 1 === TURNS ? 'finish' : 'execute', turn, shows: '', requests: [] }
  },
  executeCode: async ({ sample }) => ({ next: 'generate', turn: turnsOf.get(sample) ?? 0, shows: '', requests: [] }),
  voteOnTasks: async () => ({ outcomes: records(1), trajectories: records(1), agreed: 1, sampledTokens: 1 }),
  publishPolicy: async ({ policy }) => ({ policy: policy.name, servers: 1, canaryDifference: 0 }),
  findSteps: async () => ({ steps: 0, tally: noSteps, sampledTokens: 0, last: null }),
  drawStepTasks: async ({ steps, tasksPerStep }) => records(steps * tasksPerStep),
  scoreStep: async () => {
    const { steps: _steps, updates: _updates, ...tally } = noSteps
    return { batch: records(1), config: records(1), tally }
  },
  filterPool: async () => ({
    tasks: records(1_000),
    decisions: records(8_000),
    tally: { ...curationTally, kept: 1_000 },
  }),
  trainStep: async ({ step }) => ({
    checkpoint: step.toString(16).padStart(64, '0'),
    folder: '/nowhere',
    tally: { ...noSteps, steps: 1 },
    record: records(1),
  }),
} satisfies Partial<RolloutActivities & TrainingActivities & BookkeepingActivities>
