import { faultFigures, type FaultyRun } from '../../bench/fault-figures.ts'

const undisturbed: FaultyRun = { victim: null, seconds: 148, kills: 0, wrong: [] }
const undisturbedAgain: FaultyRun = { ...undisturbed, seconds: 152 }
const disturbed: FaultyRun = { victim: 'trainer', seconds: 160, kills: 3, wrong: [] }

test('a run that took 160 s instead of 150, the mean of those before and after it, was at its work for 93.75 % of its time', () => {
  expect(faultFigures([undisturbed, disturbed, undisturbedAgain]).map(({ name, value }) => [name, value])).toEqual([
    ['undisturbed', 148],
    ['trainer, killed 3 times', 160],
    ['– undisturbed time by this (ETTR)', 93.75],
    ['undisturbed', 152],
  ])
})

test('a run that came to other checkpoints has no figures', () => {
  const other = { ...disturbed, wrong: ['checkpoints: chaos-executor/000001 differs'] }
  expect(() => faultFigures([undisturbed, other])).toThrow('trainer: checkpoints: chaos-executor/000001 differs')
})
