#!/usr/bin/env node
// `agent0` starts on the machine's own Node and continues on the project's Node 24, which runs TypeScript directly.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, NODE_24 } from '../host/paths.mjs'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

// Compiled code is kept, for us and for the workers that we start: half of the time in which a command answers.
process.env['NODE_COMPILE_CACHE'] ??= join(cacheFolder(), 'node-compile-cache')

if (existsSync(NODE_24) && Number(process.versions.node.split('.')[0]) >= 24) {
  module.enableCompileCache()
  await import('./main.ts')
} else if (existsSync(NODE_24)) {
  const child = spawn(NODE_24, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, () => child.kill(name))
  child.on('exit', (code, signal) => (process.exitCode = signal === null ? (code ?? 1) : 1))
} else {
  console.error('agent0 is not set up here yet: run "npm run setup" in the checkout first.')
  process.exitCode = 1
}
