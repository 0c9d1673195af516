import { runId } from '../../contracts/ids.ts'
import { RunController, type RunSettings } from '../../workflows/run-controller.ts'
import { smallConfig } from '../support/small-world.ts'

const run = runId('small')
const config = smallConfig('small')
const settings: RunSettings = { paused: true, tasksInFlight: 3, sampledTokensMax: 1_000, stopAfter: 'iteration' }

test('settings that people changed outlive the iteration, also those that the previous version carried as `wanted`', () => {
  const first = new RunController(run, config, { settings })
  expect(new RunController(run, config, first.carried).settings).toEqual(settings)
  expect(new RunController(run, config, { wanted: settings, scores: [0.5], alerts: [] }).carried).toEqual({
    settings,
    scores: [0.5],
    alerts: [],
  })
})

test('a run starts with the settings of its config', () => {
  const { rollout, budget } = config
  expect(new RunController(run, config).settings).toEqual({
    paused: false,
    tasksInFlight: rollout.tasksInFlight,
    sampledTokensMax: budget.sampledTokensMax,
    stopAfter: null,
  })
})
