import { z } from 'zod'

/** SHA-256 of a file or of a manifest of files. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 lower-case hex digits')
