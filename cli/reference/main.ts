import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configPage } from './config-page.ts'

// `npm run docs:reference`: the reference of all config keys, from their schemas.
writeFileSync(fileURLToPath(new URL('../../docs/reference/config.md', import.meta.url)), configPage())
