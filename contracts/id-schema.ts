import { z } from 'zod'
import { parseId, type IdOf, type Level } from './ids.ts'

/** The schema of an id that reaches down to `level`. */
export function idSchema<L extends Level>(level: L): z.ZodType<IdOf<L>> {
  return z.custom<IdOf<L>>((value) => {
    const parsed = typeof value === 'string' ? parseId(value) : undefined
    return parsed?.ok === true && parsed.level === level
  }, `a path that names a ${level}`)
}
