import type { RolloutEvent, RolloutLimits, ToolResult } from '../../contracts/rollout.ts'
import type { RolloutState } from './rollout-state.ts'

const NOTICE = '[earlier output cut]\n'
const SILENCE = '[nothing was printed]'

/**
 * What the policy is shown of a verdict: the standard output, or the error text, without the line end behind it. Free of
 * measured times, so repeatable.
 */
export function shownText(verdict: ToolResult, shownError: RolloutLimits['shownError']): string {
  switch (verdict.kind) {
    case 'ok':
      return verdict.stdout.replace(/\n$/, '')
    case 'error': {
      const error = (verdict.traceback || verdict.stderr).trimEnd() || `Error: exit code ${verdict.exitCode}`
      return shownError === 'traceback' ? error : error.slice(error.lastIndexOf('\n') + 1)
    }
    case 'not_run':
      return 'codeLinesMax' in verdict
        ? `Error: more than ${verdict.codeLinesMax} lines`
        : `Error: more than ${verdict.codeBytesMax} bytes`
    case 'timeout':
      return `Error: the program ran out of ${verdict.clock} time`
    case 'memory':
      return 'Error: the program ran out of memory'
    case 'crash':
      return `Error: the program was ended by ${verdict.signal}`
    case 'output_limit':
      return 'Error: the program wrote too much'
  }
}

/** The last `length` characters, one fewer where that would halve a character of two code units. */
function rightEnd(text: string, length: number): string {
  const start = text.length - length
  const isHalved = /[\uDC00-\uDFFF]/.test(text.charAt(start))
  return text.slice(isHalved ? start + 1 : start)
}

/** A fence that is longer than any in the body. */
function fenceAround(body: string): string {
  const longest = (body.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2)
  return '`'.repeat(longest + 1)
}

/**
 * The `output` block that answers the pending program: text and tokens of at most `toolOutputTokensMax`. What is too long
 * loses its beginning, as the result and the last line of a traceback stand at the end, and says so. A program that printed nothing
 * says so too. The fence is longer than any that was printed, so that nothing printed leaves the block.
 *
 * `encode` is the model's tokenizer; it is asked about O(log n) texts, none much longer than what is kept.
 */
export function toolOutput(
  state: RolloutState,
  verdict: ToolResult,
  encode: (text: string) => number[],
): (RolloutEvent & { kind: 'executed' })['output'] {
  const { toolOutputTokensMax: tokensMax, shownError, toolCalls } = state.limits
  const isExact = toolCalls === 'exact'
  const said = shownText(verdict, shownError)
  const shown = said.trim() === '' && !isExact ? SILENCE : said
  const lead = state.turns.at(-1)!.text.endsWith('\n') ? '' : '\n'
  const block = (kept: number) => {
    const body = kept >= shown.length ? shown : NOTICE + rightEnd(shown, kept)
    const fence = isExact ? '```' : fenceAround(body)
    const text = `${lead}${fence}output\n${body}\n${fence}\n`
    return { text, tokenIds: encode(text) }
  }
  const fits = (kept: number) => block(kept).tokenIds.length <= tokensMax

  let kept = 0
  let tooMuch = Math.min(shown.length, tokensMax)
  while (fits(tooMuch)) {
    if (tooMuch === shown.length) return block(tooMuch)
    kept = tooMuch
    tooMuch = Math.min(shown.length, 2 * tooMuch)
  }
  while (tooMuch - kept > 1) {
    const middle = Math.floor((kept + tooMuch) / 2)
    if (fits(middle)) kept = middle
    else tooMuch = middle
  }
  return block(kept)
}
