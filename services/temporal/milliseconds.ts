/** A timestamp or duration as the server sends it. */
type Time = { seconds?: { toString(): string } | null; nanos?: number | null } | null | undefined

/** Milliseconds of a duration, or since 1970 of a timestamp; null if there is none. */
export function millisecondsOf(time: Time): number | null {
  return time == null ? null : Number(String(time.seconds ?? 0)) * 1_000 + (time.nanos ?? 0) / 1e6
}
