import { NearDuplicates } from './near-duplicates.ts'

/**
 * Parts of a batch between which no two texts are nearer than `threshold`: no cluster of average linkage reaches across,
 * because an average below it has a term below it. Needs no triangle of all pairs.
 * @returns the numbers of the texts of each part, rising; parts by their first text
 */
export function nearComponents(texts: readonly string[], threshold: number): number[][] {
  const near = new NearDuplicates(threshold)
  const parents = Int32Array.from(texts.keys())
  for (const [number, text] of texts.entries()) {
    for (const other of near.of(text)) {
      const [low, high] = ordered(rootOf(parents, other), rootOf(parents, number))
      parents[high] = low
    }
    near.add(text)
  }
  const parts = new Map<number, number[]>()
  for (const number of texts.keys()) {
    const root = rootOf(parents, number)
    const part = parts.get(root)
    if (part === undefined) parts.set(root, [number])
    else part.push(number)
  }
  return [...parts.values()]
}

function ordered(a: number, b: number): [low: number, high: number] {
  return a < b ? [a, b] : [b, a]
}

function rootOf(parents: Int32Array, item: number): number {
  let at = item
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]! // halves the path for the next caller
    at = parents[at]!
  }
  return at
}
