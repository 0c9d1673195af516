import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { chainValue, isWellFormed } from '../../../core/tiny-world/chain-value.ts'
import { parseQuestion } from '../../../core/tiny-world/parse-question.ts'
import { ROOT } from '../../support/repository.ts'

type Row = [question: string, steps: number | null, value: number | null]

// Made by ml/agent0_ml/tiny_world/grammar_fixture.py: 10,000 generated questions, then 10,000 mutated ones.
const rows = gunzipSync(readFileSync(join(ROOT, 'tests/core/tiny-world/questions.jsonl.gz')))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

function read(question: string): Row {
  const chain = parseQuestion(question)
  return [question, chain?.steps.length ?? null, chain === null ? null : chainValue(chain)]
}

test('the fixture holds what it should: both halves, and among the mutated ones all three outcomes', () => {
  const mutated = rows.slice(10_000)
  expect(rows).toHaveLength(20_000)
  expect(rows.slice(0, 10_000).every(([, , value]) => value !== null)).toBe(true)
  expect(mutated.filter(([, steps]) => steps === null).length).toBeGreaterThan(4000)
  expect(mutated.filter(([, steps, value]) => steps !== null && value === null).length).toBeGreaterThan(50)
  expect(mutated.filter(([, , value]) => value !== null).length).toBeGreaterThan(1500)
})

test('steps and values are those of the Python grammar on 20,000 questions', () => {
  expect(rows.filter((row) => JSON.stringify(read(row[0])) !== JSON.stringify(row))).toEqual([])
})

test('well formed is what parses and has a value', () => {
  expect(rows.filter(([question, , value]) => isWellFormed(question) !== (value !== null))).toEqual([])
})

test.each<[string, number | null]>([
  ['Let x=48. What is x?', 48],
  ['Let x=4. Then subtract 29. Add up the digits of x. What is x?', 7],
  ['Let x=4. Decrease x by 8. Then take the remainder by 4. What is x?', 0],
  ['Let x=7. Do 3 times x=(4*x+5)%24. What is x?', 1],
  ['Let x=gcd(0,0). What is x?', null],
  ['Let x=999. Increase x by 1. What is x?', 1_000],
  ['Let x=1000. What is x?', null],
  ['Let x=999. Then square it. Then square it. Then square it. What is x?', null],
])('by hand: %s', (question, value) => {
  expect(read(question)[2]).toBe(value)
})
