import type { z } from 'zod'

/** One thing that is wrong in a config file, in the words of `agent0 start`. */
export interface ConfigProblem {
  /** Where, as keys from the top: `['curation', 'band', 'low']`. */
  path: readonly (string | number)[]
  /** The value there as JSON, cut to 60 characters; for an absent key its default, marked as such, or `nothing`. */
  found: string
  /** The values that are allowed there. */
  allowed: string
  /** For an unknown key: the keys that exist there. */
  validKeys?: readonly string[]
}

/** The value at a path of keys; undefined if there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root)
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value)
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** What the file has at the path of an issue; where it has nothing, the default that a rule about several values refused. */
function foundAt(value: unknown, { code, path, input }: z.core.$ZodIssue): string {
  const written = valueAt(value, path)
  return written === undefined && code === 'custom' && input !== undefined
    ? `${show(input)} (the default)`
    : show(written)
}

const TYPES: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of keys and values',
}

function allowedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? issue.expected
  if (issue.code === 'too_small') return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
  if (issue.code === 'too_big') return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(show).join(', ')}`
  if (issue.code === 'invalid_union' && 'options' in issue && issue.options)
    return `one of ${issue.options.map(show).join(', ')}`
  if (issue.code === 'invalid_union') return issue.errors.map((branch) => allowedBy(branch[0]!)).join(', or ')
  return issue.message
}

interface SchemaNode {
  _zod?: { def: { innerType?: SchemaNode; in?: SchemaNode; options?: SchemaNode[] }; values?: Set<unknown> }
  shape?: Record<string, SchemaNode>
}

/** The object schema that `value` was checked with: without wrappers, and in a union the variant of its `kind`. */
function objectSchemaOf(schema: SchemaNode, value: unknown): SchemaNode {
  const definition = schema._zod?.def
  const wrapped = definition?.innerType ?? definition?.in
  if (wrapped) return objectSchemaOf(wrapped, value)
  const kind = valueAt(value, ['kind'])
  const variant = definition?.options?.find((option) => option.shape?.['kind']?._zod?.values?.has(kind))
  return variant ?? schema
}

/** The keys of the object schema at `path`; none if there is no object schema. */
function keysAt(root: z.core.$ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  let here = objectSchemaOf(root as SchemaNode, value)
  path.forEach((key, depth) => {
    here = objectSchemaOf(here.shape?.[String(key)] ?? {}, valueAt(value, path.slice(0, depth + 1)))
  })
  return Object.keys(here.shape ?? {})
}

/** Parses `value`, or lists everything that is wrong with it. */
export function parseConfig<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { ok: true; config: T } | { ok: false; problems: ConfigProblem[] } {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return { ok: true, config: result.data }
  const problems = result.error.issues.flatMap((issue): ConfigProblem[] => {
    const path = issue.path as (string | number)[]
    if (issue.code !== 'unrecognized_keys') {
      return [{ path, found: foundAt(value, issue), allowed: allowedBy(issue) }]
    }
    const validKeys = keysAt(schema, path, value)
    return issue.keys.map((key) => ({
      path: [...path, key],
      found: show(valueAt(value, [...path, key])),
      allowed: 'no such key',
      validKeys,
    }))
  })
  // One problem per key is enough: a second rule about a refused value adds nothing.
  const paths = problems.map((problem) => problem.path.join('.'))
  return { ok: false, problems: problems.filter((_problem, index) => paths.indexOf(paths[index]!) === index) }
}
