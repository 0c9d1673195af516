import type { TaskOutcome } from '../../contracts/loop-records.ts'
import type { Rollout } from '../../contracts/rollout.ts'
import type { Trajectory } from '../read-trajectories.ts'
import { fencedBlocks } from '../../core/answers/fenced-blocks.ts'
import { html, type Html } from './html.ts'

type Turn = Rollout['turns'][number]

const ENDINGS: Record<Rollout['ending'], string> = {
  answered: 'it answered',
  no_answer: 'it ended without an answer',
  too_long: 'it met its token limit without an answer',
  turn_limit: 'it met its turn limit without an answer',
}

function voteTable({ vote, samples }: TaskOutcome): Html {
  if (vote === null) return html``
  const row = (answer: Html, count: number, isLabel: boolean) =>
    html`<tr${isLabel ? html` class="label"` : html``}><td>${answer}</td><td><meter min="0" max="${vote.size}" value="${count}"></meter></td><td>${count} of ${vote.size}</td></tr>`
  const rows = vote.votes.map(({ answer, count }) =>
    row(html`<code>${answer}</code>${answer === vote.label ? html` ← label` : html``}`, count, answer === vote.label),
  )
  const abstained = vote.abstained === 0 ? [] : [row(html`<i>no answer</i>`, vote.abstained, false)]
  const calls = samples.reduce((sum, { executedCalls }) => sum + executedCalls, 0)
  return html`<p>The vote of its ${vote.size} rollouts: p̂ = ${vote.pHat.toFixed(2)}; ${calls} tool calls in all.</p>
    <table class="vote">
      <tbody>
        ${[...rows, ...abstained]}
      </tbody>
    </table>`
}

/** A turn's text with its program set apart: its first block of Python, as the rollout read it. */
function turnView(turn: Turn, index: number): Html {
  const { text, toolCall } = turn
  const program = toolCall === null ? undefined : fencedBlocks(text).find(({ kind }) => kind === 'python')
  const written =
    program === undefined
      ? html`<pre class="text">${text}</pre>`
      : html`<pre class="text">${text.slice(0, program.start).trimEnd()}</pre>
          <pre class="code">${program.body.trimEnd()}</pre>
          <pre class="text">${text.slice(program.end).trim()}</pre>`
  const output =
    toolCall === null
      ? html``
      : html`<h5>What came back: ${toolCall.verdict.kind.replaceAll('_', ' ')}</h5>
          <pre class="output">${toolCall.output.trim()}</pre>`
  return html`<section>
    <h4>Turn ${index + 1} <small>${turn.sampledTokens} tokens</small></h4>
    ${written} ${output}
  </section>`
}

/** Where a task of a report stands in its page. */
export const anchorOf = (index: number) => `trajectory-${index + 1}`

/** What a task is called in lists. */
export const titleOf = ({ because, iteration }: Trajectory) => `${because}, iteration ${iteration}`

/** A task, the vote on it, and one of its rollouts in full. */
export function trajectoryArticle(trajectory: Trajectory, index: number): Html {
  const { outcome, rollout, sample, truth } = trajectory
  return html`<article id="${anchorOf(index)}">
    <h3>${index + 1}. ${titleOf(trajectory)}</h3>
    <p class="id">${outcome.id}</p>
    <blockquote>${outcome.question}</blockquote>
    ${truth === null ? html`` : html`<p>Right answer: <code>${truth}</code></p>`} ${voteTable(outcome)}
    <p class="id">Rollout ${sample + 1} of ${outcome.samples.length}, by ${rollout.policy}</p>
    ${rollout.turns.map(turnView)}
    <p>
      After ${rollout.turns.length} ${rollout.turns.length === 1 ? 'turn' : 'turns'}
      ${ENDINGS[rollout.ending]}${rollout.answer === null ? html`.` : html`: <code>${rollout.answer}</code>`}
    </p>
  </article>`
}
