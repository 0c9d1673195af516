/** A moment or a span as the server sends it. */
type Time = { seconds?: { toString(): string } | null; nanos?: number | null } | null | undefined

/** Milliseconds of a span, or since 1970 of a moment; null where the server says none. */
export function millisecondsOf(time: Time): number | null {
  return time == null ? null : Number(String(time.seconds ?? 0)) * 1_000 + (time.nanos ?? 0) / 1e6
}
