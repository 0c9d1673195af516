import type { z } from 'zod'

/** One thing that is wrong in a config file, ready to be told to the person who wrote it. */
export interface ConfigProblem {
  /** Where, as keys from the top: `['curation', 'band', 'low']`. */
  path: readonly (string | number)[]
  /** The value that stands there, as JSON, cut to 60 characters; `nothing` if the key is absent. */
  found: string
  /** What may stand there. */
  allowed: string
  /** For a key that does not exist: the keys that do. */
  validKeys?: readonly string[]
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root)
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function allowedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `a value of type ${issue.expected}`
  if (issue.code === 'too_small') return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
  if (issue.code === 'too_big') return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(show).join(', ')}`
  return issue.message
}

/** The keys of the object schema that stands at `path`; none where something else stands there. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let here: unknown = schema
  for (const key of [...path, undefined]) {
    let inner = here as { _zod?: { def: { type: string; innerType?: unknown; in?: unknown } } }
    while (inner._zod?.def.innerType !== undefined || inner._zod?.def.type === 'pipe') {
      inner = (inner._zod.def.innerType ?? inner._zod.def.in) as typeof inner
    }
    const shape = (inner as { shape?: Record<string, unknown> }).shape
    if (key === undefined) return Object.keys(shape ?? {})
    here = shape?.[String(key)] ?? {}
  }
  return []
}

/** Parses `value`, or says everything that is wrong with it at once. */
export function parseConfig<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { ok: true; config: T } | { ok: false; problems: ConfigProblem[] } {
  const result = schema.safeParse(value)
  if (result.success) return { ok: true, config: result.data }
  const problems = result.error.issues.flatMap((issue): ConfigProblem[] => {
    const path = issue.path as (string | number)[]
    if (issue.code !== 'unrecognized_keys') {
      return [{ path, found: show(valueAt(value, path)), allowed: allowedBy(issue) }]
    }
    const validKeys = keysAt(schema, path)
    return issue.keys.map((key) => ({
      path: [...path, key],
      found: show(valueAt(value, [...path, key])),
      allowed: 'no such key',
      validKeys,
    }))
  })
  return { ok: false, problems }
}
