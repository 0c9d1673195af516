import { alertBoard } from '../alerts/alert-board.ts'
import type { RunStatus, StageStatus } from '../../contracts/run-status.ts'

// What the Temporal UI shows as a workflow's current details: Markdown, made again with each change.

function numbers(values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).map(([name, value]) => `| ${name} | ${Number(value.toPrecision(4))} |`)
}

/** The board of a stage. */
export function boardOf({ stage, doing, steps, latest, sampledTokens, waitsFor }: StageStatus): string {
  const place = steps === null ? '' : ` · step ${Math.min(steps.done + 1, steps.total)} of ${steps.total}`
  return [
    `### ${stage}${place}`,
    waitsFor === null ? doing : `**waits:** ${waitsFor}`,
    '',
    '| latest | |',
    '| --- | --- |',
    ...numbers(latest),
    `| sampled tokens | ${sampledTokens} |`,
  ].join('\n')
}

/** The board of a run. */
export function runBoardOf(status: RunStatus): string {
  const { run, iteration, iterations, stage, stagesDone, halted, policies, scores, control } = status
  const title = iteration === 0 ? 'the base model is evaluated' : `iteration ${iteration} of ${iterations}`
  const now = halted !== null ? `**halted at ${halted.stage}:** ${halted.reason}` : (stage?.name ?? 'between stages')
  const scored = scores.map((score, index) => `| held-out mean@k after iteration ${index} | ${score ?? '–'} |`)
  return [
    `### ${run}: ${title}`,
    control.paused ? `${now} · **paused**` : now,
    '',
    ...alertBoard(status.alerts),
    `Done in this iteration: ${stagesDone.length === 0 ? 'nothing yet' : stagesDone.join(', ')}`,
    '',
    '| | |',
    '| --- | --- |',
    ...scored,
    ...Object.entries(policies).map(([role, policy]) => `| ${role} | \`${policy}\` |`),
    `| sampled tokens | ${status.sampledTokens} |`,
  ].join('\n')
}
