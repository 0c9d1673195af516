import { alertDetails } from './alert-details.ts'
import { iterationId, type RunId, stageId } from '../../contracts/ids.ts'
import type {
  Decision,
  RunStatus,
  SampleStatus,
  ShardStatus,
  StageStatus,
  TriedAgain,
} from '../../contracts/run-status.ts'
import { inMarkdown, linkTo, trailOf } from './links.ts'

// The current details of workflows in the Temporal UI: Markdown, written again at each change. Lists, because the UI's tables have no
// space between their columns.

const whole = (count: number) => count.toLocaleString('en-US')

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', `**${title}**`, '', ...items.map((item) => `- ${item}`)]
}

/** A link to a workflow below another one, labelled with the rest of its id. */
const linkBelow = (above: string, workflowId: string) => linkTo(workflowId, workflowId.slice(above.length + 1))

/** Of a stage; `id` is its workflow's. */
export function currentStageDetails(id: string, status: StageStatus): string {
  const { stage, doing, steps, shards, shardsOver, latest, sampledTokens, waitsFor } = status
  const place = steps === null ? '' : ` · step ${Math.min(steps.done + 1, steps.total)} of ${steps.total}`
  const over = shardsOver === null ? '' : `, ${shardsOver.done} of ${shardsOver.total} done`
  return [
    trailOf(id),
    '',
    `### ${stage}${place}`,
    '',
    waitsFor === null ? `**Now:** ${doing}` : `**Waiting:** ${inMarkdown(waitsFor)}`,
    ...list(
      `Running shards${over}`,
      shards.map((shard) => linkBelow(id, shard)),
    ),
    ...list('Latest', [
      ...Object.entries(latest).map(([name, value]) => `${name}: ${Number(value.toPrecision(4))}`),
      `sampled tokens: ${whole(sampledTokens)}`,
    ]),
    '',
    '**Next:** when this stage is done, the run starts its next one.',
  ].join('\n')
}

/** Of a shard. */
export function currentShardDetails(
  id: string,
  { done, total, doing, triedAgain }: ShardStatus & { doing: string; triedAgain: readonly TriedAgain[] },
): string {
  return [
    trailOf(id),
    '',
    `### ${done} of ${total} tasks done`,
    '',
    `**Now:** ${doing}`,
    ...list(
      'Done after a retry',
      triedAgain.map(({ task, attempt }) => `task ${task}, at attempt ${attempt}`),
    ),
    '',
    'A task that fails is retried: *Pending Activities* shows its attempts and its last failure. Once it is done, ↻ marks it in ' +
      '*Timeline*; a click there shows the last failure.',
  ].join('\n')
}

/** What a sample does next, in words. */
export const turnLabels: Readonly<Record<SampleStatus['next'], string>> = {
  generate: 'the model generates',
  execute: 'its program runs',
  finish: 'done',
}

/** Of a traced rollout. */
export function currentTraceDetails(id: string, task: string, samples: readonly SampleStatus[]): string {
  const ended = samples.filter(({ next }) => next === 'finish').length
  return [
    trailOf(id),
    '',
    `### ${task}: ${ended} of ${samples.length} samples done`,
    '',
    ...samples.map(({ turn, next }, sample) => `- sample ${sample}, turn ${turn}: ${turnLabels[next]}`),
  ].join('\n')
}

function nowOf(status: RunStatus): string {
  const { halted, stage, control, iteration } = status
  if (halted !== null) {
    const stagePath = halted.where.split('/').slice(0, 4).join('/')
    const place = halted.where === stagePath ? '' : ` It failed in ${linkBelow(stagePath, halted.where)}.`
    const { reason, advice } = halted
    return `**Halted at ${linkTo(stagePath, halted.stage)}:** ${inMarkdown(reason)}.${place} **What to do:** ${inMarkdown(advice)}.`
  }
  const isOver = stage === null && stagesToCome(status).length === 0
  const between = isOver ? `iteration ${iteration} is done` : 'between stages'
  const now = `**Now:** ${stage === null ? between : linkTo(stage.workflowId, stage.name)}`
  return control.paused ? `${now} · **paused**: \`agent0 resume\` continues` : now
}

function nextOf(status: RunStatus): string {
  const { iteration, iterations, stopAfter, halted } = status
  if (halted !== null) return 'a person decides; nothing runs until then.'
  if (stopAfter === 'step') return 'the run stops after the current step, as requested.'
  const next = iteration === iterations ? 'the run is finished' : `iteration ${iteration + 1}, in a history of its own`
  return [...stagesToCome(status), stopAfter === null ? next : 'the run stops, as requested'].join(', then ') + '.'
}

function stateOf({ stage, stagesDone, halted, resolvedHalts }: RunStatus, name: string): string {
  if (resolvedHalts.some(({ stage: of, decision }) => of === name && decision === 'skip')) return 'skipped'
  if (stagesDone.includes(name)) return 'done'
  if (halted?.stage === name) return '**halted**'
  return stage?.name === name ? '**running**' : 'to come'
}

const stagesToCome = (status: RunStatus) => status.stages.filter((name) => stateOf(status, name) === 'to come')

const decisionLabels: Readonly<Record<Decision, string>> = {
  retry: 'retried',
  skip: 'skipped',
  accept: 'accepted by a person',
}

/** Of a run. */
export function currentRunDetails(status: RunStatus): string {
  const { run, iteration, iterations, stages, resolvedHalts, policies, scores } = status
  const title = iteration === 0 ? 'evaluating the base model' : `iteration ${iteration} of ${iterations}`
  const idOf = (name: string) => `agent0/${stageId(iterationId(run as RunId, iteration), name)}`
  return [
    `### ${run} · ${title}`,
    '',
    ...alertDetails(status.alerts),
    nowOf(status),
    '',
    `**Next:** ${nextOf(status)}`,
    ...list(
      'Stages',
      stages.map((name) => {
        const state = stateOf(status, name)
        return `${state === 'to come' ? name : linkTo(idOf(name), name)}: ${state}`
      }),
    ),
    ...list(
      'Halts in this iteration',
      resolvedHalts.map(({ stage, reason, where, decision }) => {
        return `${linkTo(where, stage)}: ${inMarkdown(reason)} – ${decisionLabels[decision]}`
      }),
    ),
    ...list(
      'Held-out mean@k',
      scores.map((score, index) => `${index === 0 ? 'base model' : `iteration ${index}`}: ${score?.toFixed(3) ?? '–'}`),
    ),
    ...list(
      'Newest policies',
      Object.entries(policies).map(([role, policy]) => `${role}: \`${policy}\``),
    ),
    '',
    `${whole(status.sampledTokens)} tokens sampled. \`agent0 watch ${run}\` follows the run, \`agent0 report ${run}\` shows its results.`,
  ].join('\n')
}
