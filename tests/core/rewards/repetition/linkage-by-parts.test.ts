import { repetitionClusters, linkageByParts } from '../../../../core/rewards/repetition/clusters.ts'
import { nearComponents } from '../../../../core/rewards/repetition/near-duplicates.ts'
import { referenceCases } from '../../../support/reference-clusters.ts'

const cases = referenceCases()

test('part by part gives the clusters of the whole batch where no tie leaves a choice', () => {
  for (const { kind, threshold, texts, labels } of cases) {
    if (kind === 'ties' || texts.length > 16) continue
    const first = labels.map((label) => labels.indexOf(label))
    const found = [...linkageByParts(texts, threshold)]
    expect(found.map((representative) => found.indexOf(representative))).toEqual(first)
  }
})

test('no cluster reaches across two near components', () => {
  for (const { threshold, texts, labels } of cases.filter((one) => one.kind === 'ties')) {
    const parts = nearComponents(texts, threshold)
    const partOf = texts.map((_, text) => parts.findIndex((part) => part.includes(text)))
    const pairs = new Set(labels.map((label, text) => `${label}/${partOf[text]}`))
    expect(pairs.size).toBe(new Set(labels).size)
  }
})

test('a batch that is too large for all pairs at once is clustered part by part', () => {
  const texts = ['find the root of 7', 'something else', 'find the root of 7', '']
  expect(repetitionClusters(texts, 0.5, 3)).toEqual([0, 1, 0, 2])
  // Shows that the other way was taken, and what it costs: among equal distances scipy's choice depends on the whole batch.
  const tied = cases.filter(({ kind }) => kind === 'ties')
  const differing = tied.filter(
    ({ texts: batch, labels }) => repetitionClusters(batch, 0.5, 0).join() !== labels.join(),
  )
  expect(differing.length).toBe(2)
})
