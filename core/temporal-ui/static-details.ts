import type { RunConfig } from '../../contracts/run-config.ts'
import type { Stage } from '../recipes/recipe.ts'
import { trailOf } from './links.ts'

// What the Temporal UI shows as a workflow's details: Markdown that stays, for a reader who is new here.

const RETRIES =
  'What fails for want of a server is tried again by itself, for a day at least. *Pending Activities* shows what is being tried, ' +
  'how often, and why the last attempt failed; *Event History* keeps that reason with the attempt that ended well.'

const KINDS: Readonly<Record<Stage<RunConfig>['kind'], string>> = {
  'online-training':
    'Trains an agent. Each step: children sample and vote, then `scoreStep` rewards, `trainStep` moves the weights and ' +
    '`publishPolicy` hands them to the model servers. The next step samples with them.',
  curation:
    'Makes the tasks that the executor trains on. Children have proposals written, each answered many times, and the answers voted ' +
    'on; `filterPool` keeps the tasks that are neither too easy nor too hard. Too few kept: more proposals.',
  evaluation:
    'Measures. Children have the held-out tasks answered by the newest executor, and the new tasks by the first one, which is ' +
    'frozen; `evaluate` counts.',
}

export function staticStageDetails(kind: Stage<RunConfig>['kind'], workflowId: string): string {
  return [
    trailOf(workflowId),
    KINDS[kind],
    RETRIES,
    'What no retry can mend fails the stage; its run then waits for a person and says so.',
  ].join('\n\n')
}

export function staticShardDetails(workflowId: string): string {
  return [
    trailOf(workflowId),
    'At most 250 tasks. Each is one activity `rolloutTask`, all samples of it at once, or a child that shows it turn by turn. ' +
      '`voteOnTasks` compares the answers at the end.',
    `${RETRIES} A rollout goes on behind its last finished turn.`,
  ].join('\n\n')
}

export function staticTraceDetails(workflowId: string): string {
  return [
    trailOf(workflowId),
    'One task of its shard with an activity per turn, to be read: `generateTurn` is the model writing, `executeCode` its program ' +
      'running in the sandbox; `shows` in a result is the end of what was written or printed. `rolloutTask` puts the turns together.',
    RETRIES,
  ].join('\n\n')
}
