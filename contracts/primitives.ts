import { z } from 'zod'
import { parseId, type IdOf, type Level } from './ids.ts'

/** SHA-256 of a file or of a manifest of files. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 lower-case hex digits')

/** What an agent is called in paths, policies and lineages: `curriculum`, `executor`. A recipe says which there are. */
export const Role = z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, 'lower-case letters, digits and dashes, 20 at most')

export type Role = z.output<typeof Role>

/** The schema of an id that reaches down to `level`. */
export function idSchema<L extends Level>(level: L): z.ZodType<IdOf<L>> {
  return z.custom<IdOf<L>>((value) => {
    const parsed = typeof value === 'string' ? parseId(value) : undefined
    return parsed?.ok === true && parsed.level === level
  }, `a path that names a ${level}`)
}
