const SMALL = 4096
const FACTOR = 16
const ATTEMPTS = 5
const RATIO_MAX = 6

function elapsed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/**
 * Whether one text of 64 KiB costs about as much as 16 texts of a 16th of it: the ratio is about 1 for linear time, 16 for
 * quadratic. Both sides run under the same load, and one quiet attempt of five is enough: a busy machine fails nothing.
 */
export function takesLinearTime(read: (text: string) => unknown, unit: string): boolean {
  const small = unit.repeat(Math.ceil(SMALL / unit.length))
  const large = small.repeat(FACTOR)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const apart = elapsed(() => {
      for (let part = 0; part < FACTOR; part++) read(small)
    })
    if (elapsed(() => read(large)) < RATIO_MAX * apart) return true
  }
  return false
}
