import { fileURLToPath } from 'node:url'

/** How failures are written for Temporal, by workers and inside workflows alike: see that file. */
export const dataConverter = {
  failureConverterPath: fileURLToPath(new URL('../workflows/failure-converter.ts', import.meta.url)),
} as const
