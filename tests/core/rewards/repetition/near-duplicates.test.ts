import { NearDuplicates } from '../../../../core/rewards/repetition/near-duplicates.ts'
import { pairDistances } from '../../../../core/rewards/repetition/clusters.ts'
import { triangleIndex } from '../../../../core/rewards/repetition/average-linkage.ts'
import { referenceCases } from '../../../support/reference-clusters.ts'

test.each([0.05, 0.5, 0.7, 1])('the near ones are those that the distance of every pair gives, τ = %d', (threshold) => {
  for (const { texts } of referenceCases().filter((batch) => batch.texts.length <= 16)) {
    const near = new NearDuplicates(threshold)
    const distances = pairDistances(texts)
    const expected = texts.map((_, at) =>
      [...texts.keys()].slice(0, at).filter((other) => distances[triangleIndex(at, other)]! < threshold),
    )
    const found = texts.map((text) => {
      const others = near.of(text)
      near.add(text)
      return others
    })
    expect(found).toEqual(expected)
  }
})

test('what was only asked about is not kept', () => {
  const near = new NearDuplicates(0.5)
  expect(near.of('one two three four five')).toEqual([])
  expect(near.of('one two three four five')).toEqual([])
})
