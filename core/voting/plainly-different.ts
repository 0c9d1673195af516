const INTEGER = /^(0|-?[1-9]\d*)$/

/**
 * Whether two answers with different normal forms are different integers: no grader is needed to tell. In a run of number
 * answers that is nearly every pair. Only what was written as an integer is one: the normal form of `100%` is 100 too.
 */
export function plainlyDifferent(left: string, right: string): boolean {
  return INTEGER.test(left.trim()) && INTEGER.test(right.trim())
}
