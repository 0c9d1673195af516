import { join } from 'node:path'
import { readConfig } from '../../cli/read-config.ts'
import { RunConfig } from '../../contracts/run-config.ts'
import { configFiles } from '../support/config-files.ts'
import { ROOT } from '../support/repository.ts'

test.each(configFiles())('$path says what it is for and resolves to a whole config', ({ path, text }) => {
  expect(text).toMatch(/^# \S+/)
  const result = readConfig(join(ROOT, path))
  expect(result).toMatchObject({ ok: true })
  if (!result.ok) return
  // Resolving is a projection: the resolved config resolves to itself, also after a trip through JSON.
  expect(RunConfig.parse(JSON.parse(JSON.stringify(result.config)))).toEqual(result.config)
})
