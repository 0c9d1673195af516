import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../../cli/read-config.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function sentences(text: string, name = 'run.yaml'): string[] {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, text)
  const result = readConfig(file)
  return result.ok ? [] : result.sentences.map((sentence) => sentence.replace(file, name))
}

test('defaults are filled in, and JSON is read as well as YAML', () => {
  const file = join(temporaryFolder(), 'run.json')
  writeFileSync(file, '{"name": "a", "seed": 7}')
  expect(readConfig(file)).toMatchObject({ ok: true, config: { name: 'a', seed: 7, iterations: 3 } })
})

test.each([
  [
    'an unknown key, with the nearest valid one',
    'name: a\niteratons: 2',
    /^run\.yaml: iteratons: there is no such key; did you mean "iterations"\? \(valid here: name, /,
  ],
  [
    'an unknown key that is near to none',
    'name: a\nxylophone: 2',
    /^run\.yaml: xylophone: there is no such key \(valid here: /,
  ],
  ['a wrong type', 'name: a\niterations: three', /^run\.yaml: iterations: found "three", allowed is a number$/],
  ['a value out of range', 'name: a\niterations: 0', /^run\.yaml: iterations: found 0, allowed is at least 1$/],
  ['a missing value', 'seed: 1', /^run\.yaml: name: found nothing, allowed is a text$/],
  [
    'a name that cannot be a path',
    'name: ../x',
    /^run\.yaml: name: found "\.\.\/x", allowed is lower-case letters, digits and dashes/,
  ],
  ['an empty file', '', /^run\.yaml: name: found nothing/],
  [
    'a file that is no mapping',
    '- 1',
    /^run\.yaml: \(the whole file\): found \[1\], allowed is a section of keys and values$/,
  ],
  ['broken YAML, with its line', 'name: a\nseed: [1', /^run\.yaml: .*line 2/],
  ['an alias that names nothing', 'name: *nobody', /^run\.yaml: .*nobody/],
  ['two documents', 'name: a\n---\nname: b', /^run\.yaml: contains 2 YAML documents; a config is one document$/],
  ['no number', 'name: a\nseed: .nan', /^run\.yaml: seed: found NaN, allowed is /],
  ['the same key twice', 'name: a\nname: b', /^run\.yaml: Map keys must be unique/],
])('%s', (_title, text, expected) => {
  expect(sentences(text)).toEqual([expect.stringMatching(expected)])
})

test.each([
  [
    'bytes that are not UTF-8',
    Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xff]),
    /^run\.yaml: it is not UTF-8: save it as UTF-8$/,
  ],
  [
    'a NUL',
    'name: a\nprompts: { curriculum: "x\\0" }',
    /^run\.yaml: prompts\.curriculum: the text holds a NUL or half a character$/,
  ],
  [
    'half a character',
    'name: a\nmodel: { base: "\\ud800" }',
    /^run\.yaml: model\.base: the text holds a NUL or half a character$/,
  ],
  ['a tag that YAML does not know', 'name: !!js/function "a"', /^run\.yaml: Unresolved tag: /],
  [
    'a section that contains itself',
    'name: a\nmodel: &m { base: *m }',
    /^run\.yaml: model\.base: it contains itself, by an alias$/,
  ],
])('%s: refused with its key, never used as something else', (_title, content, expected) => {
  const file = join(temporaryFolder(), 'run.yaml')
  writeFileSync(file, content)
  const result = readConfig(file)
  expect(result).toEqual({ ok: false, sentences: [expect.stringContaining(file) as string] })
  expect(result.ok ? [] : result.sentences.map((sentence) => sentence.replace(file, 'run.yaml'))).toEqual([
    expect.stringMatching(expected),
  ])
})

test.each([
  ['a list', '- 1', /holds no keys and values$/],
  ['a text', 'hello', /holds no keys and values$/],
  ['nothing', '', /holds no keys and values$/],
])('a base that is %s is refused, and not ignored', (_title, base, expected) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'base.yaml'), base)
  writeFileSync(join(folder, 'run.yaml'), 'extends: base.yaml\nname: a\n')
  expect(readConfig(join(folder, 'run.yaml'))).toEqual({ ok: false, sentences: [expect.stringMatching(expected)] })
})

test.each([
  ['a folder', '.', /it is a folder, not a file$/],
  ['a name with a NUL', '"a\\0b"', /extends: the text holds a NUL or half a character$/],
])('extending %s is one sentence', (_title, named, expected) => {
  const file = join(temporaryFolder(), 'run.yaml')
  writeFileSync(file, `extends: ${named}\nname: a\n`)
  expect(readConfig(file)).toEqual({ ok: false, sentences: [expect.stringMatching(expected)] })
})

test('everything that is wrong is said at once', () => {
  expect(sentences('name: A\nseed: -1\nfoo: 1')).toHaveLength(3)
})

test('former keys are read, each with a sentence that names its file', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'base.yaml'), 'name: base\nrollout: { glassBox: 0.5 }\n')
  writeFileSync(join(folder, 'run.yaml'), 'extends: base.yaml\ncuration: { yieldMin: 600 }\n')
  expect(readConfig(join(folder, 'run.yaml'))).toMatchObject({
    config: { rollout: { traceShare: 0.5 }, curation: { tasksMin: 600 } },
    moved: [
      `${join(folder, 'base.yaml')}: rollout.glassBox is now called rollout.traceShare`,
      `${join(folder, 'run.yaml')}: curation.yieldMin is now called curation.tasksMin`,
    ],
  })
})

test('a file that is not there is a sentence', () => {
  expect(readConfig('/nowhere/run.yaml')).toEqual({
    ok: false,
    sentences: ['/nowhere/run.yaml: there is no such file'],
  })
})

describe('a config that extends another', () => {
  const write = (files: Record<string, string>) => {
    const folder = temporaryFolder()
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    return join(folder, 'run.yaml')
  }

  test('has what the other says, and changes only what stands in it, key by key', () => {
    const base = 'name: base\nseed: 3\niterations: 2\nrollout: { turnsMax: 7, traceShare: 0 }\n'
    const file = write({ 'base.yaml': base, 'run.yaml': 'extends: base.yaml\nname: mine\nrollout: { turnsMax: 5 }\n' })
    expect(readConfig(file)).toMatchObject({
      ok: true,
      config: { name: 'mine', seed: 3, iterations: 2, rollout: { turnsMax: 5, traceShare: 0 } },
    })
  })

  test('replaces as a whole what has another kind: numbers of one variant mean nothing in another', () => {
    const base = 'name: base\nexecutor: { loss: { kind: adpo, scaleMin: 0.7 } }\n'
    const file = write({ 'base.yaml': base, 'run.yaml': 'extends: base.yaml\nexecutor: { loss: { kind: grpo } }\n' })
    const read = readConfig(file)
    expect(read).toMatchObject({ ok: true, config: { executor: { loss: { kind: 'grpo', clipLow: 0.2 } } } })
  })

  test('is refused with one sentence if the other is missing, is itself, or is no name', () => {
    const sentencesOf = (text: string) => readConfig(write({ 'run.yaml': text }))
    expect(sentencesOf('extends: none.yaml\n')).toMatchObject({
      sentences: [expect.stringMatching(/none\.yaml: there is no such file/)],
    })
    expect(sentencesOf('extends: run.yaml\n')).toMatchObject({
      sentences: [expect.stringContaining('extends this file in turn')],
    })
    expect(sentencesOf('extends: 7\n')).toMatchObject({
      sentences: [expect.stringContaining('must be the name of a file')],
    })
  })
})

describe('settings of the command line', () => {
  const file = () => {
    const path = join(temporaryFolder(), 'run.yaml')
    writeFileSync(
      path,
      'name: a\ncuration: { band: { low: 0.2 } }\nexecutor: { loss: { kind: adpo, scaleMin: 0.7 } }\n',
    )
    return path
  }

  test('override the file key by key, the last one wins, and a value is YAML', () => {
    const settings = [
      'curation.band.high=0.7',
      'executor.steps=20',
      'executor.steps=30',
      'budget={ sampledTokensMax: 9 }',
    ]
    expect(readConfig(file(), settings)).toMatchObject({
      config: { curation: { band: { low: 0.2, high: 0.7 } }, executor: { steps: 30 }, budget: { sampledTokensMax: 9 } },
    })
  })

  test('replace a section as a whole by another kind', () => {
    const read = readConfig(file(), ['executor.loss.kind=grpo'])
    expect(read).toMatchObject({ ok: true, config: { executor: { loss: { kind: 'grpo' } } } })
  })

  test('may have former keys, which are named', () => {
    const moved = ['--set curation.yieldMin=600: curation.yieldMin is now called curation.tasksMin']
    expect(readConfig(file(), ['curation.yieldMin=600'])).toMatchObject({
      config: { curation: { tasksMin: 600 } },
      moved,
    })
  })

  test.each([
    ['executor.steps', '--set executor.steps: write KEY=VALUE, such as curation.band.low=0.25'],
    ['=3', '--set =3: write KEY=VALUE, such as curation.band.low=0.25'],
    ['executor.steps=[1', expect.stringMatching(/^--set executor\.steps=\[1: the value is not valid YAML: /)],
    [
      'executor.steps=0',
      expect.stringMatching(/run\.yaml with --set: executor\.steps: found 0, allowed is at least 1$/),
    ],
    ['executor.step=3', expect.stringMatching(/executor\.step: there is no such key; did you mean "steps"\?/)],
  ])('are refused with a sentence: %s', (setting, sentence) => {
    expect(readConfig(file(), [setting])).toEqual({ ok: false, sentences: [sentence] })
  })
})
