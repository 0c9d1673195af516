/** Counts and sums in arrays and records of any depth. */
export type Tally = number | readonly Tally[] | { readonly [key: string]: Tally | undefined }

function added(left: Tally | undefined, right: Tally | undefined): Tally {
  if (left === undefined || right === undefined) return (left ?? right)!
  if (typeof left === 'number') return left + (right as number)
  if (Array.isArray(left)) return left.map((item, index) => added(item, (right as readonly Tally[])[index]))
  const [first, second] = [left, right] as Record<string, Tally>[]
  const keys = new Set([...Object.keys(first!), ...Object.keys(second!)])
  return Object.fromEntries([...keys].map((key) => [key, added(first![key], second![key])]))
}

/** Adds two tallies of one shape number by number; a key that one of them lacks counts as zero. */
export function addTallies<T extends Tally>(left: T, right: T): T {
  return added(left, right) as T
}
