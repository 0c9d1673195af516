import { join } from 'node:path'
import { parse } from 'yaml'
import { agent0 } from '../support/agent0-in-process.ts'
import { preset, PRESETS } from '../support/presets.ts'
import { ROOT } from '../support/repository.ts'

const dryRun = (name: string, ...flags: string[]) =>
  agent0('start', join(ROOT, 'configs', `${name}.yaml`), '--dry-run', ...flags)

test.each(PRESETS)(
  '%s: a dry run prints the resolved config, which is a config still, and its budget',
  async (name) => {
    const { said, code } = await dryRun(name)
    expect(parse(said)).toEqual(preset(name))
    expect(said).toMatch(/^# the run, 3 iterations +[\d,]+/m)
    expect(code).toBe(0)
  },
)

test('the name is the one that is asked for', async () => {
  expect((await dryRun('default', '--run-id', 'mine')).said).toMatch(/^name: mine$/m)
})

test('keys that are set on the command line override the file, each of them', async () => {
  const { said } = await dryRun('default', '--set', 'curation.band.low=0.2', '--set', 'executor.steps=20')
  expect(parse(said)).toMatchObject({
    curation: { band: { low: 0.2 } },
    executor: { steps: 20, loss: { pHatLow: 0.2 } },
  })
})

test('the held-out tasks are counted: the tiny world has 300, with 10 answers to each', async () => {
  expect((await dryRun('tiny-world')).said).toMatch(/^# base model +3,000 /m)
})

test('hours at a rate', async () => {
  expect((await dryRun('tiny-world', '--tokens-per-second', '2000')).said).toMatch(/2,000 tokens\/s takes at most/)
  expect((await dryRun('tiny-world', '--tokens-per-second', '0')).said).toMatch(/At least 1 is needed/)
})

test('a config that cannot work is refused with all that is wrong', async () => {
  const { said, code } = await agent0('start', join(ROOT, 'package.json'), '--dry-run')
  expect(said).toMatch(/package\.json: version: there is no such key/)
  expect(code).toBe(1)
})
