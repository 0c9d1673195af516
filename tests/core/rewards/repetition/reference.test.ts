import { repetitionClusters, pairDistances } from '../../../../core/rewards/repetition/clusters.ts'
import { referenceCases } from '../../../support/reference-clusters.ts'

const cases = referenceCases()

test('the reference holds 300 batches and more, of every kind', () => {
  expect(cases.length).toBeGreaterThanOrEqual(300)
  expect(new Set(cases.map(({ kind }) => kind)).size).toBe(11)
})

test.each([...new Set(cases.map(({ kind }) => kind))])(
  'the clusters are those of NLTK and scikit-learn: %s',
  (kind) => {
    for (const { threshold, texts, labels } of cases.filter((one) => one.kind === kind)) {
      expect({ threshold, texts, labels: repetitionClusters(texts, threshold) }).toEqual({ threshold, texts, labels })
    }
  },
)

test('the distances are those of NLTK to the last bit', () => {
  const small = cases.filter(({ distances }) => distances !== undefined)
  const different = small.flatMap(({ texts, distances }) => {
    const ours = pairDistances(texts)
    return distances!.filter((distance, pair) => distance !== ours[pair])
  })
  expect(small.length).toBeGreaterThanOrEqual(150)
  expect(different).toEqual([])
})
