import { openRun } from '../../activities/open-run.ts'
import { recordIteration } from '../../activities/record-iteration.ts'
import { RunConfig } from '../../contracts/run-config.ts'
import { RunRecord } from '../../contracts/run-record.ts'
import { afterIteration } from '../../core/loop/evolution.ts'
import { ActivityRig, RUN } from '../support/activity-rig.ts'
import { BASE } from '../support/fake-trainer.ts'
import { smallConfig } from '../support/small-world.ts'
import { evaluationTally } from '../support/tallies.ts'

const config = smallConfig(RUN)
const open = (rig: ActivityRig, changed = config) => openRun(rig.services)({ run: RUN, config: changed })

test('a new run begins before iteration 0, with every role on the base model', async () => {
  const rig = new ActivityRig()
  const { context, state } = await open(rig)
  expect(state).toMatchObject({ iteration: 0, frozen: null, archive: [], sampledTokens: 0 })
  expect(Object.values(state.policies)).toEqual(
    ['curriculum', 'executor'].map((role) =>
      expect.objectContaining({ role, version: 0, checkpoint: BASE, uri: null }),
    ),
  )
  expect(await rig.store.getJson(RunConfig, context.config)).toEqual(config)
  const record = await rig.store.getJson(RunRecord, (await rig.store.find(`${RUN}/run.json`))!)
  expect(record).toMatchObject({ base: BASE, sandbox: { backend: 'docker' }, servers: [{ server: 'fake' }] })
})

test('opened again it is the same; opened with another config it is the same run with one config more', async () => {
  const rig = new ActivityRig()
  const first = await open(rig)
  expect(await open(rig)).toEqual(first)
  const changed = smallConfig(RUN, { iterations: 7 })
  const second = await open(rig, changed)
  expect(second.context.config.sha256).not.toBe(first.context.config.sha256)
  expect(await rig.store.getJson(RunConfig, second.context.config)).toEqual(changed)
  expect(await open(rig)).toEqual(first)
  expect((await rig.store.list(RUN)).filter((key) => key.includes('config'))).toHaveLength(2)
})

test('a run that was begun before a setting existed goes on with its default', async () => {
  const rig = new ActivityRig()
  const { alerts: _newer, ...older } = config
  const { context } = await open(rig, older as RunConfig)
  expect(await rig.store.getJson(RunConfig, context.config)).toEqual(config)
  expect(await open(rig)).toMatchObject({ context })
})

test('a run goes on behind the last iteration that is recorded, and a record is written once', async () => {
  const rig = new ActivityRig()
  const { context, state } = await open(rig)
  const stages = [{ kind: 'evaluation' as const, stage: 'evaluation', tally: evaluationTally }]
  const record = recordIteration(rig.services)
  let next = state
  for (const iteration of [0, 1]) {
    const seconds = { evaluation: 1 }
    const sampledTokens = { evaluation: 9 }
    const input = {
      context,
      iteration,
      stages,
      seconds,
      sampledTokens,
      serverUse: {},
      next: afterIteration(next, 'executor'),
    }
    const summary = await record(input)
    expect(summary).toMatchObject({ iteration, heldOutMean: 0.45 })
    // A second attempt, which took longer, changes nothing.
    expect(await record({ ...input, seconds: { evaluation: 2 } })).toEqual(summary)
    next = input.next
    expect((await open(rig)).state).toEqual(next)
  }
  expect(next).toMatchObject({ iteration: 2, frozen: state.policies['executor'] })
  const metrics = await rig.store.getTable('metrics', (await rig.store.find(`${RUN}/iter-001/metrics.parquet`))!)
  expect(metrics).toContainEqual({ id: `${RUN}/iter-001`, name: 'heldOutMean', value: 0.45 })
  expect(metrics).toContainEqual({ id: `${RUN}/iter-001`, name: 'keptShare', value: null })
})
