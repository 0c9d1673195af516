import { isAbsolute } from 'node:path'
import { readEnvironment } from '../../workers/environment.ts'

const least = { AGENT0_STORE: 'store', AGENT0_BASE: '/models/base' }

test('a worker needs to be told where the store and the base model lie; everything else has a default', () => {
  const environment = readEnvironment(least)
  expect(isAbsolute(environment.AGENT0_STORE)).toBe(true)
  expect(environment).toMatchObject({
    AGENT0_BASE: '/models/base',
    TEMPORAL_ADDRESS: '127.0.0.1:7233',
    AGENT0_MODEL_URLS: [],
    AGENT0_DURABILITY: 'power-loss',
  })
})

test('addresses are parted by commas, and numbers are numbers', () => {
  expect(
    readEnvironment({ ...least, AGENT0_MODEL_URLS: ' http://a:1/v1, http://b:2/v1,', AGENT0_ROLLOUT_TASKS: '12' }),
  ).toMatchObject({ AGENT0_MODEL_URLS: ['http://a:1/v1', 'http://b:2/v1'], AGENT0_ROLLOUT_TASKS: 12 })
})

test('everything that is wrong is said at once, by name', () => {
  const wrong = { AGENT0_BASE: '', AGENT0_ROLLOUT_TASKS: 'many', AGENT0_DURABILITY: 'none', AGENT0_LOG_LEVEL: 'loud' }
  expect(() => readEnvironment(wrong)).toThrow(
    /cannot work: .*AGENT0_STORE: .*AGENT0_BASE: .*AGENT0_DURABILITY: .*AGENT0_ROLLOUT_TASKS: .*AGENT0_LOG_LEVEL: /,
  )
})
