const SMALL = 4096
const FACTOR = 16
const ATTEMPTS = 5
const RATIO_MAX = 6
/** Looks at a text that seemed slow, whose best times all count: on a busy machine one look may be interrupted throughout. */
const LOOKS = 4

/** The quickest of some attempts, milliseconds: other programs of the machine only ever make one slower. */
function quickest(work: () => void): number {
  const times = Array.from({ length: ATTEMPTS }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return Math.min(...times)
}

/**
 * Whether one text of 64 KiB costs about as much as 16 texts of a 16th of it: the ratio is about 1 for linear time, 16 for
 * quadratic, however fast the machine is.
 */
export function takesLinearTime(read: (text: string) => unknown, unit: string): boolean {
  const small = unit.repeat(Math.ceil(SMALL / unit.length))
  const large = small.repeat(FACTOR)
  const readApart = () => {
    for (let part = 0; part < FACTOR; part++) read(small)
  }
  let [whole, apart] = [Infinity, Infinity]
  for (let look = 0; look < LOOKS; look++) {
    whole = Math.min(
      whole,
      quickest(() => read(large)),
    )
    apart = Math.min(apart, quickest(readApart))
    if (whole < RATIO_MAX * apart) return true
  }
  return false
}
