import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { configPage } from '../../cli/reference/config-page.ts'
import { type SchemaNode, SchemaRows } from '../../cli/reference/schema-rows.ts'
import { MachineConfig } from '../../contracts/machine-config.ts'
import { RunConfig } from '../../contracts/run-config.ts'
import { ROOT } from '../support/repository.ts'

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as SchemaNode

test('docs/reference/config.md is what `npm run docs:reference` writes', () => {
  expect(readFileSync(join(ROOT, 'docs/reference/config.md'), 'utf8')).toBe(configPage())
})

/** Keys and variants of a kind that no sentence explains. */
function unexplained(node: SchemaNode, path: string): string[] {
  const keys = Object.entries(node.properties ?? {}).filter(([key]) => key !== 'kind')
  return [
    ...(/\p{L}{2}/u.test(node.description?.replaceAll(/\[[PCD, ]+\]/g, '') ?? '') ? [] : [path]),
    ...keys.flatMap(([key, child]) => unexplained(child, `${path}.${key}`)),
    ...(node.oneOf ?? []).flatMap((each) => unexplained(each, `${path}=${String(each.properties?.['kind']?.const)}`)),
  ]
}

const whole = (schema: z.ZodType) => unexplained({ ...jsonSchema(schema), description: 'the whole config' }, 'config')

test.each([
  ['run config', RunConfig],
  ['machine config', MachineConfig],
])('every key of a %s has a sentence, and every variant of a kind', (_name, schema) => {
  expect(whole(schema)).toEqual([])
})

const Two = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('near'), width: z.int().min(1).max(9).default(3).describe('Its width.') })
      .describe('The near one.'),
    z
      .strictObject({
        kind: z.literal('far'),
        width: z.int().min(1).max(9).default(3).describe('Its width.'),
        depth: z.number().gt(0).default(1e-6).describe('Its depth.'),
      })
      .describe('The far one.'),
  ])
  .describe('Which one.')

const Part = (size: number) => z.strictObject({ size: z.int().default(size).describe('Its size.') }).prefault({})

const Whole = z.strictObject({
  name: z.string().describe('Its name.'),
  two: Two.prefault({ kind: 'far' }),
  first: Part(1).describe('The first part.'),
  second: Part(2).describe('The second part.'),
  third: Part(1).describe('The third part.'),
})

test('planted, caught: a key, a variant and a section without a sentence, and a key that has only a source', () => {
  const planted = Whole.extend({
    bare: z.int(),
    sourced: z.int().describe('[P, C] 1.'),
    part: z.strictObject({ inner: z.int() }),
    one: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('only') })]).describe('The one.'),
  })
  const expected = ['config.bare', 'config.sourced', 'config.part', 'config.part.inner', 'config.one=only']
  expect(whole(planted)).toEqual(expected)
})

test('a kind is a row with all its meanings; its keys follow, each once, with the kinds that have it', () => {
  const rows = new SchemaRows().of(jsonSchema(z.strictObject({ two: Two.prefault({ kind: 'far' }) })), '')
  expect(rows).toEqual([
    {
      key: '`two.kind`',
      allowed: '`near`, `far`',
      byDefault: '`far`',
      meaning: 'Which one.<br>`near`: The near one.<br>`far`: The far one.',
    },
    { key: '`two.width`', allowed: 'whole number 1 to 9', byDefault: '3', meaning: 'Its width.' },
    { key: '`two.depth`', allowed: 'number > 0', byDefault: '1e-6', meaning: 'For `far`. Its depth.' },
  ])
})

test('a section with the keys of an earlier one refers to it, with the defaults that differ', () => {
  const rows = new SchemaRows().of(jsonSchema(Whole), 'top.')
  expect(rows.filter(({ allowed }) => allowed.startsWith('as '))).toEqual([
    { key: '`second`', allowed: 'as `top.first`', byDefault: '`size` 2', meaning: 'The second part.' },
    { key: '`third`', allowed: 'as `top.first`', byDefault: 'the same', meaning: 'The third part.' },
  ])
  expect(rows[0]).toMatchObject({ key: '`name`', allowed: 'text', byDefault: 'required' })
})
