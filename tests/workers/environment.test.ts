import { isAbsolute } from 'node:path'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { readEnvironment } from '../../workers/environment.ts'

const least = { AGENT0_MACHINE: 'none', AGENT0_BASE: '/models/base', AGENT0_STATE: temporaryFolder() }

test('a worker needs the folder of the base model; everything else has a default', () => {
  const { machine, base, secrets } = readEnvironment(least)
  expect(base).toBe('/models/base')
  expect(isAbsolute(machine.store.folder)).toBe(true)
  expect(secrets).toEqual({})
  expect(() => readEnvironment({ AGENT0_MACHINE: 'none' })).toThrow(/^AGENT0_BASE: /)
})

test('lists have commas between, and numbers are numbers', () => {
  const urls = ' http://a:1/v1, http://b:2/v1,'
  const { machine } = readEnvironment({ ...least, AGENT0_MODEL_URLS: urls, AGENT0_ROLLOUT_TASKS: '12' })
  expect(machine.modelServer.urls).toEqual(['http://a:1/v1', 'http://b:2/v1'])
  expect(machine.workers.rolloutTasks).toBe(12)
})

test('everything that is wrong is said at once, by the name of its variable', () => {
  const wrong = { ...least, AGENT0_ROLLOUT_TASKS: 'many', AGENT0_DURABILITY: 'none', AGENT0_LOG_LEVEL: 'loud' }
  expect(() => readEnvironment(wrong)).toThrow(
    /^AGENT0_DURABILITY: store\.durability: found "none", .*\nAGENT0_ROLLOUT_TASKS: .*\nAGENT0_LOG_LEVEL: /,
  )
})
