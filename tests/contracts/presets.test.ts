import { parse } from 'yaml'
import { RunConfig } from '../../contracts/run-config.ts'
import { configFiles } from '../support/config-files.ts'

function preset(name: string): { text: string; written: RunConfig; resolved: RunConfig } {
  const text = configFiles().find(({ path }) => path === `configs/${name}.yaml`)!.text
  return { text, written: parse(text), resolved: RunConfig.parse(parse(text)) }
}

/** Lines that set a value, without the run's own name and the recipe's. */
function settings(text: string): string[] {
  return text.split('\n').filter((line) => /^\s*\w+: [^#]/.test(line) && !/^(name|recipe):/.test(line))
}

describe.each(['default', 'paper', 'code'])('preset %s', (name) => {
  test('leaves no number to a default', () => {
    const { written, resolved } = preset(name)
    expect(written).toEqual(resolved)
  })

  test('says of every number where it comes from: [P], [C] or [D]', () => {
    expect(settings(preset(name).text).filter((line) => !/ # .*\b[PCD]\b/.test(line))).toEqual([])
  })
})

test('the defaults of the schema are the preset default', () => {
  expect(RunConfig.parse({ name: 'default' })).toEqual(preset('default').resolved)
})
