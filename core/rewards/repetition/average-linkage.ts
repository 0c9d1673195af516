/** Where the distance of items i and j < i lies in the triangle of all pairs, row by row: a row is written in one run. */
export function triangleIndex(i: number, j: number): number {
  return (i * (i - 1)) / 2 + j
}

/**
 * Flat clusters of average linkage (UPGMA): what scikit-learn's `AgglomerativeClustering(metric='precomputed',
 * linkage='average', n_clusters=None, distance_threshold=τ)` returns, ties and rounding included. It walks scipy's
 * nearest-neighbour chain in scipy's order: start at the lowest index, prefer the previous link, then the lowest index;
 * of two merged clusters the one with the higher index continues.
 *
 * Time O(n²), no memory beyond the triangle but O(n).
 * @param distances of i and j < i at `triangleIndex(i, j)`; overwritten
 * @returns per item the item that stands for its cluster
 */
export function averageLinkage(distances: Float64Array, items: number, threshold: number): Int32Array {
  const sizes = new Int32Array(items).fill(1)
  const state: LinkageState = {
    distances,
    alive: Int32Array.from(sizes.keys()),
    sizes,
    // The average of distances at the threshold may be rounded to below it: what is as near as that still counts.
    reach: threshold * (1 + 1e-9),
    nearPairs: 0,
  }
  for (let pair = 0; pair < distances.length; pair++) if (distances[pair]! < state.reach) state.nearPairs += 1
  const mergedInto = Int32Array.from(state.alive)
  const chain: number[] = []
  // Averages never fall below the least of their parts: without a near pair no later merge is near.
  while (state.nearPairs > 0) {
    const [kept, dropped, distance] = nextMerge(state, chain)
    if (distance < threshold) mergedInto[dropped] = kept
    merge(state, kept, dropped)
  }
  return representatives(mergedInto)
}

interface LinkageState {
  distances: Float64Array
  /** Clusters that are left, by rising index. */
  alive: Int32Array
  sizes: Int32Array
  reach: number
  /** Pairs of clusters that are nearer than `reach`. */
  nearPairs: number
}

/** Follows nearest neighbours until two are each other's, and takes them off the chain. */
function nextMerge(state: LinkageState, chain: number[]): [kept: number, dropped: number, distance: number] {
  if (chain.length === 0) chain.push(state.alive[0]!)
  for (;;) {
    const last = chain.at(-1)!
    const previous = chain.at(-2)
    const nearest = nearestTo(state, last, previous)
    if (nearest === previous) {
      chain.length -= 2
      const [dropped, kept] = last < nearest ? [last, nearest] : [nearest, last]
      return [kept, dropped, state.distances[triangleIndex(kept, dropped)]!]
    }
    chain.push(nearest)
  }
}

function nearestTo({ distances, alive }: LinkageState, item: number, previous: number | undefined): number {
  let nearest = previous ?? -1
  let least =
    previous === undefined
      ? Infinity
      : distances[item > previous ? triangleIndex(item, previous) : triangleIndex(previous, item)]!
  const row = triangleIndex(item, 0)
  for (let at = 0; at < alive.length; at++) {
    const other = alive[at]!
    if (other === item) continue
    const distance = distances[other < item ? row + other : triangleIndex(other, item)]!
    if (distance < least) {
      least = distance
      nearest = other
    }
  }
  return nearest
}

function merge(state: LinkageState, kept: number, dropped: number): void {
  const { distances, sizes, reach } = state
  const [keptSize, droppedSize] = [sizes[kept]!, sizes[dropped]!]
  const size = keptSize + droppedSize
  let nearPairs = state.nearPairs - (distances[triangleIndex(kept, dropped)]! < reach ? 1 : 0)
  const alive = without(state.alive, dropped)
  for (let at = 0; at < alive.length; at++) {
    const other = alive[at]!
    if (other === kept) continue
    const keptIndex = other < kept ? triangleIndex(kept, other) : triangleIndex(other, kept)
    const toKept = distances[keptIndex]!
    const toDropped = distances[other < dropped ? triangleIndex(dropped, other) : triangleIndex(other, dropped)]!
    const average = (droppedSize * toDropped + keptSize * toKept) / size
    nearPairs += (average < reach ? 1 : 0) - (toKept < reach ? 1 : 0) - (toDropped < reach ? 1 : 0)
    distances[keptIndex] = average
  }
  sizes[kept] = size
  state.alive = alive
  state.nearPairs = nearPairs
}

/** Takes an item out of a sorted list, in place. */
function without(items: Int32Array, item: number): Int32Array {
  const at = items.indexOf(item)
  return items.copyWithin(at, at + 1).subarray(0, -1)
}

function representatives(mergedInto: Int32Array): Int32Array {
  return mergedInto.map((_, item) => {
    let top = item
    while (mergedInto[top] !== top) top = mergedInto[top]!
    return top
  })
}
