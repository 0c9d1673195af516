import type { Rollout, ToolResult } from '../../contracts/rollout.ts'
import { shortened } from '../../contracts/text.ts'

/** Of each stream of a program, UTF-16 units. What the policy was shown of it stands in `toolCall.output`, whole. */
const STREAM_CHARACTERS_MAX = 2_000

/** A result with the ends of what was printed: a program that prints in a loop would otherwise decide how large journals and tables are. */
export function withShortStreams<V extends ToolResult>(verdict: V, charactersMax = STREAM_CHARACTERS_MAX): V {
  if (verdict.kind === 'not_run') return verdict
  const short = (text: string) => shortened(text, charactersMax)
  const streams = { stdout: short(verdict.stdout), stderr: short(verdict.stderr) }
  return verdict.kind === 'error'
    ? { ...verdict, ...streams, traceback: short(verdict.traceback) }
    : { ...verdict, ...streams }
}

/** A rollout as a row of a table. Rollouts of earlier versions hold all that their programs printed. */
export function trajectoryRow(rollout: Rollout): Rollout {
  const turns = rollout.turns.map((turn) =>
    turn.toolCall === null
      ? turn
      : { ...turn, toolCall: { ...turn.toolCall, verdict: withShortStreams(turn.toolCall.verdict) } },
  )
  return { ...rollout, turns }
}

/** A rollout without what takes memory and no vote needs: tokens, programs, and what these printed. */
export function textsOf(rollout: Rollout): Rollout {
  const turns = rollout.turns.map(({ toolCall, ...turn }) => {
    const shortCall = toolCall && { ...toolCall, code: '', output: '', verdict: withShortStreams(toolCall.verdict, 0) }
    return { ...turn, toolCall: shortCall }
  })
  return { ...rollout, turns, promptTokenIds: [], responseTokenIds: [], responseMask: [], responseLogprobs: [] }
}
