import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { valueAt } from '../../contracts/config-problems.ts'
import {
  currentConfig,
  type FormerKey,
  formerKeys,
  readFormerConfig,
  valuesOfFormerRuns,
} from '../../contracts/former-config.ts'
import { RunConfig, StoredRunConfig } from '../../contracts/run-config.ts'
import { ROOT } from '../support/repository.ts'

const keys: FormerKey[] = [
  { former: 'store.durability', now: { machine: 'store.durability' } },
  { former: 'curation.nearerThan', now: { key: 'curation.duplicates.distanceMin' } },
  { former: 'executor.reward.kind', now: { key: 'executor.reward.kind', values: { agrees: 'matches' } } },
  { former: 'curation.kind', now: { key: 'curation.filter', values: { narrow: 'strict' } } },
]
const read = (value: unknown) => readFormerConfig(value, keys)

test('what belongs to the machine is left out, with a sentence, and its empty section with it', () => {
  expect(read({ name: 'a', store: { durability: 'kill' } })).toEqual({
    value: { name: 'a' },
    moved: [
      {
        path: 'store.durability',
        sentence: "store.durability moved to machine.yaml (store.durability); this file's value is ignored",
      },
    ],
  })
})

test('an unknown key beside it stays, so that the schema refuses it', () => {
  expect(read({ store: { durability: 'kill', colour: 'red' } }).value).toEqual({ store: { colour: 'red' } })
})

test('a renamed key keeps its value, in whichever section it stands now', () => {
  expect(read({ curation: { nearerThan: 0.5, poolSize: 3 } })).toEqual({
    value: { curation: { poolSize: 3, duplicates: { distanceMin: 0.5 } } },
    moved: [
      { path: 'curation.nearerThan', sentence: 'curation.nearerThan is now called curation.duplicates.distanceMin' },
    ],
  })
})

test('where the former and the present key stand together, the former one is left to be refused', () => {
  const both = { curation: { nearerThan: 0.5, duplicates: { distanceMin: 0.2 } } }
  expect(read(both)).toEqual({ value: both, moved: [] })
})

test('a renamed value is translated, also under a renamed key; another value stays', () => {
  expect(read({ executor: { reward: { kind: 'agrees' } }, curation: { kind: 'narrow' } })).toEqual({
    value: { executor: { reward: { kind: 'matches' } }, curation: { filter: 'strict' } },
    moved: [
      { path: 'executor.reward.kind', sentence: 'executor.reward.kind: agrees is now called matches' },
      { path: 'curation.kind', sentence: 'curation.kind is now called curation.filter' },
    ],
  })
  expect(read({ executor: { reward: { kind: 'matches' } } }).moved).toEqual([])
})

test.each([[null], ['text'], [3], [[1, 2]], [{}], [{ store: 'a text' }], [{ store: null }]])(
  '%j has no former key and stays as it is',
  (value) => {
    expect(read(value)).toEqual({ value, moved: [] })
  },
)

test('what was given is not changed', () => {
  const given = { store: { durability: 'kill' }, curation: { nearerThan: 1 } }
  const before = JSON.stringify(given)
  read(given)
  expect(JSON.stringify(given)).toBe(before)
})

// A resolved config as the version before this one stored it: it has every former key.
const stored = JSON.parse(readFileSync(join(ROOT, 'tests/contracts/former-run-config.json'), 'utf8')) as RunConfig

test('a stored config of the version before has every former key, and is refused as it stands', () => {
  expect(readFormerConfig(stored).moved.map(({ path }) => path)).toEqual(formerKeys.map(({ former }) => former))
  expect(RunConfig.safeParse(stored).success).toBe(false)
})

test('it is read as a config of this version, in the store as in a history', () => {
  const translated = currentConfig(stored)
  // A key of a later version has its default.
  const read = StoredRunConfig.parse(stored)
  expect(read).toEqual(RunConfig.parse(translated))
  expect(read).toMatchObject(translated)
})

test.each(formerKeys)('the value of $former has its present place, or none in a run config', ({ former, now }) => {
  const value = valueAt(stored, former.split('.'))
  const [place, expected] = 'machine' in now ? [former, undefined] : [now.key, now.values?.[value as string] ?? value]
  expect(valueAt(StoredRunConfig.parse(stored), place.split('.'))).toEqual(expected)
})

test('a run that began before has the values of that time for keys that came since; what a person writes has the defaults', () => {
  const read = StoredRunConfig.parse(stored)
  for (const [key, value] of Object.entries(valuesOfFormerRuns)) {
    expect(valueAt(read, key.split('.'))).toEqual(value)
    expect(valueAt(StoredRunConfig.parse({ name: 'new' }), key.split('.'))).not.toEqual(value)
  }
  const now = RunConfig.parse({ name: 'new' })
  expect(StoredRunConfig.parse(now)).toEqual(now)
})
