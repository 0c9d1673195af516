import type { SeededStream } from './seeded-stream.ts'

/** A copy of `items` in random order, every order equally likely (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], stream: SeededStream): T[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = stream.below(last + 1)
    ;[order[last], order[chosen]] = [order[chosen]!, order[last]!]
  }
  return order
}
