import type { RunConfig } from '../../contracts/run-config.ts'
import type { Stage } from '../recipes/recipe.ts'
import { trailOf } from './links.ts'

// The fixed details of workflows in the Temporal UI: Markdown, for a reader who is new here.

const RETRIES =
  'If a server is down, activities are retried by themselves, for at least a day. *Pending Activities* shows which ones, how often, ' +
  'and why the last attempt failed; *Event History* keeps that reason with the attempt that succeeded.'

const KINDS: Readonly<Record<Stage<RunConfig>['kind'], string>> = {
  'online-training':
    'Trains an agent. Each step: children sample and vote, then `scoreStep` computes rewards, `trainStep` updates the weights and ' +
    '`publishPolicy` loads them into the model servers. The next step samples with them.',
  curation:
    'Makes the tasks that the executor trains on. Children generate proposals, answer each many times and vote on the answers; ' +
    '`filterPool` keeps the tasks that are neither too easy nor too hard. If too few are kept, more proposals follow.',
  evaluation:
    'Measures the policies. Children answer the held-out tasks with the newest executor, and the new tasks with the frozen first one; ' +
    '`evaluate` counts.',
}

export function staticStageDetails(kind: Stage<RunConfig>['kind'], workflowId: string): string {
  return [
    trailOf(workflowId),
    KINDS[kind],
    RETRIES,
    'A failure that no retry can fix fails the stage; then its run halts until a person decides.',
  ].join('\n\n')
}

export function staticShardDetails(workflowId: string): string {
  return [
    trailOf(workflowId),
    'At most 250 tasks. Each is one activity `rolloutTask` with all its samples, or a child that traces it turn by turn. ' +
      '`voteOnTasks` compares the answers at the end.',
    `${RETRIES} A retried rollout continues after its last finished turn.`,
  ].join('\n\n')
}

export function staticTraceDetails(workflowId: string): string {
  return [
    trailOf(workflowId),
    'One task of its shard with an activity per turn, for people to read: in `generateTurn` the model generates, in `executeCode` its ' +
      'program runs in the sandbox; `shows` in a result is the end of the text or the output. `rolloutTask` puts the turns together.',
    RETRIES,
  ].join('\n\n')
}
