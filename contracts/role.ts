import { z } from 'zod'

/** What an agent is called in paths, policies and lineages: `curriculum`, `executor`. A recipe says which there are. */
export const Role = z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, 'lower-case letters, digits and dashes, 20 at most')

export type Role = z.output<typeof Role>
