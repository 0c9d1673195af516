/** What `/metrics` tells of an engine at one moment. */
export interface Metrics {
  /** Requests that run or wait. */
  requests: number
  /** Tokens computed since the start, of prompts and samples. */
  tokens: number
}

/** Since when an engine has had work without computing a token. */
export interface TokenProgress {
  tokens: number
  /** Milliseconds on the observer's clock. */
  sinceMs: number
}

/** Reads the counters out of the text of `/metrics`; engines of one server are summed. */
export function readMetrics(text: string): Metrics {
  const sum = (names: string) =>
    [...text.matchAll(new RegExp(`^vllm:(?:${names})(?:\\{[^}]*\\})? (\\S+)`, 'gm'))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    )
  return {
    requests: sum('num_requests_running|num_requests_waiting'),
    tokens: sum('prompt_tokens_total|generation_tokens_total'),
  }
}

/** The state after one more look: idling or a new token starts the time again. */
export function observe(before: TokenProgress | undefined, seen: Metrics, nowMs: number): TokenProgress {
  const stands = before !== undefined && seen.requests > 0 && seen.tokens === before.tokens
  return stands ? before : { tokens: seen.tokens, sinceMs: nowMs }
}
