import { alertDetails } from './alert-details.ts'
import { iterationId, type RunId, stageId } from '../../contracts/ids.ts'
import type { RunStatus, SampleStatus, ShardStatus, StageStatus, TriedAgain } from '../../contracts/run-status.ts'
import { inMarkdown, linkTo, trailOf } from './links.ts'

// What the Temporal UI shows as a workflow's current details: Markdown, made again with each change. Lists, as its tables
// have no space between their columns.

const whole = (count: number) => count.toLocaleString('en-US')

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', `**${title}**`, '', ...items.map((item) => `- ${item}`)]
}

/** What stands below a workflow needs no more than the end of its id to be known. */
const linkBelow = (above: string, workflowId: string) => linkTo(workflowId, workflowId.slice(above.length + 1))

/** The board of a stage; `id` is that of its workflow. */
export function currentStageDetails(id: string, status: StageStatus): string {
  const { stage, doing, steps, shards, shardsOver, latest, sampledTokens, waitsFor } = status
  const place = steps === null ? '' : ` · step ${Math.min(steps.done + 1, steps.total)} of ${steps.total}`
  const over = shardsOver === null ? '' : `, ${shardsOver.done} of ${shardsOver.total} are over`
  return [
    trailOf(id),
    '',
    `### ${stage}${place}`,
    '',
    waitsFor === null ? `**Now:** ${doing}` : `**Waits:** ${inMarkdown(waitsFor)}`,
    ...list(
      `Shards under way${over}`,
      shards.map((shard) => linkBelow(id, shard)),
    ),
    ...list('Latest', [
      ...Object.entries(latest).map(([name, value]) => `${name}: ${Number(value.toPrecision(4))}`),
      `sampled tokens: ${whole(sampledTokens)}`,
    ]),
    '',
    '**Next:** when it is over, the run goes on with its next stage.',
  ].join('\n')
}

/** The board of a shard. */
export function currentShardDetails(
  id: string,
  { done, total, doing, triedAgain }: ShardStatus & { doing: string; triedAgain: readonly TriedAgain[] },
): string {
  return [
    trailOf(id),
    '',
    `### ${done} of ${total} tasks are done`,
    '',
    `**Now:** ${doing}`,
    ...list(
      'Failed at first, and done since',
      triedAgain.map(({ task, attempt }) => `task ${task}, at attempt ${attempt}`),
    ),
    '',
    'A task that fails is tried again: *Pending Activities* shows its attempts and its last failure. Once it is done, ↻ marks it in ' +
      '*Timeline*; a click there shows the last failure.',
  ].join('\n')
}

/** What comes next in a sample, in words. */
export const turnLabels: Readonly<Record<SampleStatus['next'], string>> = {
  generate: 'the model writes',
  execute: 'its program runs',
  finish: 'has ended',
}

/** The board of a task that is shown turn by turn. */
export function currentTraceDetails(id: string, task: string, samples: readonly SampleStatus[]): string {
  const ended = samples.filter(({ next }) => next === 'finish').length
  return [
    trailOf(id),
    '',
    `### ${task}: ${ended} of ${samples.length} samples have ended`,
    '',
    ...samples.map(({ turn, next }, sample) => `- sample ${sample}, turn ${turn}: ${turnLabels[next]}`),
  ].join('\n')
}

function nowOf(status: RunStatus): string {
  const { halted, stage, control, iteration } = status
  if (halted !== null) {
    const stagePath = halted.where.split('/').slice(0, 4).join('/')
    const place = halted.where === stagePath ? '' : ` It failed in ${linkBelow(stagePath, halted.where)}.`
    return `**Halted at ${linkTo(stagePath, halted.stage)}:** ${inMarkdown(halted.reason)}.${place}`
  }
  const isOver = stage === null && stagesToCome(status).length === 0
  const between = isOver ? `iteration ${iteration} is over` : 'between stages'
  const now = `**Now:** ${stage === null ? between : linkTo(stage.workflowId, stage.name)}`
  return control.paused ? `${now} · **paused**: \`agent0 resume\` goes on` : now
}

function nextOf(status: RunStatus): string {
  const { iteration, iterations, stopAfter, halted } = status
  if (halted !== null) return 'what a person decides; nothing happens until then.'
  if (stopAfter === 'step') return 'it stops after the step under way, as a person wants.'
  const goesOn =
    iteration === iterations ? 'the run is finished' : `iteration ${iteration + 1}, in a history of its own`
  return [...stagesToCome(status), stopAfter === null ? goesOn : 'it stops, as a person wants'].join(', then ') + '.'
}

function stateOf({ stage, stagesDone, halted, resolvedHalts }: RunStatus, name: string): string {
  if (resolvedHalts.some(({ stage: of, decision }) => of === name && decision === 'skip')) return 'left out'
  if (stagesDone.includes(name)) return 'done'
  if (halted?.stage === name) return '**halted**'
  return stage?.name === name ? '**under way**' : 'to come'
}

const stagesToCome = (status: RunStatus) => status.stages.filter((name) => stateOf(status, name) === 'to come')

/** The board of a run. */
export function currentRunDetails(status: RunStatus): string {
  const { run, iteration, iterations, stages, resolvedHalts, policies, scores } = status
  const title = iteration === 0 ? 'the base model is evaluated' : `iteration ${iteration} of ${iterations}`
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
      'What halted this iteration, and what a person decided',
      resolvedHalts.map(({ stage, reason, where, decision }) => {
        const decided = decision === 'retry' ? 'tried again' : 'left out'
        return `${linkTo(where, stage)}: ${inMarkdown(reason)} – ${decided}`
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
    `${whole(status.sampledTokens)} tokens were sampled. \`agent0 watch ${run}\` follows the run, \`agent0 report ${run}\` shows what ` +
      'it has come to.',
  ].join('\n')
}
