/** Where the distance of items i and j < i lies in the triangle of all pairs, row by row: a row is written in one run. */
export function triangleIndex(i: number, j: number): number {
  return (i * (i - 1)) / 2 + j
}
