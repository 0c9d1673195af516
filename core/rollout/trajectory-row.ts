import type { Rollout, ToolResult } from '../../contracts/rollout.ts'
import { shortened } from '../../contracts/text.ts'

/** Of each stream of a program, UTF-16 units. What the policy was shown of it stands in `toolCall.output`, whole. */
const STREAM_CHARACTERS_MAX = 2_000

function withShortStreams(verdict: ToolResult): ToolResult {
  if (verdict.kind === 'not_run') return verdict
  const short = (text: string) => shortened(text, STREAM_CHARACTERS_MAX)
  const streams = { stdout: short(verdict.stdout), stderr: short(verdict.stderr) }
  return verdict.kind === 'error'
    ? { ...verdict, ...streams, traceback: short(verdict.traceback) }
    : { ...verdict, ...streams }
}

/** A rollout as a row of a table: a program that prints in a loop would otherwise decide how large a table is. */
export function trajectoryRow(rollout: Rollout): Rollout {
  const turns = rollout.turns.map((turn) =>
    turn.toolCall === null
      ? turn
      : { ...turn, toolCall: { ...turn.toolCall, verdict: withShortStreams(turn.toolCall.verdict) } },
  )
  return { ...rollout, turns }
}
