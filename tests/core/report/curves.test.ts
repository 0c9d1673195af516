import { curvesOf, numberedThrough } from '../../../core/report/curves.ts'
import { runArtifacts } from '../../support/run-artifacts.ts'

const artifacts = runArtifacts(2)
const pointsOf = (name: string) => curvesOf(artifacts).find((curve) => curve.name === name)?.points

test('the steps of a stage count on over the iterations', () => {
  const ofExecutor = numberedThrough(artifacts.steps).filter(({ stage }) => stage === 'executor')
  expect(ofExecutor.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(pointsOf('executor/entropy')!.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('an iteration is a point, and what was not measured is none', () => {
  expect(pointsOf('iteration/heldOutMean')).toEqual([
    [0, 0.33],
    [1, 0.42],
    [2, 0.51],
  ])
  expect(pointsOf('iteration/keptShare')!.map(([iteration]) => iteration)).toEqual([1, 2])
  expect(pointsOf('iteration/iteration')).toBeUndefined()
})
