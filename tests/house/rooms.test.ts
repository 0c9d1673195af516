import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryFiles, ROOT, type SourceFile } from '../support/repository.ts'
import { importsOf, targetOf } from './imports.ts'

type Kind = 'values' | 'types'
/** What a room may import. A target is a room or a path in one, a package scope or name, `node`, or `*` (any package). */
type Allowed = Record<string, Kind>

// The source of truth for who may import whom; docs/architecture.md shows the same table.
const ROOMS: Record<string, Allowed> = {
  contracts: { contracts: 'values', zod: 'values' },
  core: {
    core: 'values',
    contracts: 'types',
    'contracts/ids.ts': 'values',
    'contracts/errors.ts': 'values',
    'contracts/task-queues.ts': 'values',
  },
  workflows: {
    workflows: 'values',
    core: 'values',
    contracts: 'types',
    'contracts/ids.ts': 'values',
    'contracts/errors.ts': 'values',
    'contracts/task-queues.ts': 'values',
    activities: 'types',
    '@temporalio/workflow': 'values',
    '@temporalio/common': 'values',
  },
  activities: {
    activities: 'values',
    contracts: 'values',
    core: 'values',
    'infra/services/ports.ts': 'types',
    'node:path': 'values',
    'node:util': 'values',
    '@temporalio/activity': 'values',
    '@temporalio/common': 'values',
  },
  infra: {
    infra: 'values',
    contracts: 'values',
    node: 'values',
    '*': 'values',
    '@temporalio/client': 'values',
    '@temporalio/common': 'values',
  },
  workers: {
    workers: 'values',
    contracts: 'values',
    core: 'values',
    activities: 'values',
    infra: 'values',
    node: 'values',
    '*': 'values',
    '@temporalio/worker': 'values',
    '@temporalio/common': 'values',
  },
  cli: {
    cli: 'values',
    contracts: 'values',
    core: 'values',
    workflows: 'types',
    'infra/temporal': 'values',
    'infra/supervisor': 'values',
    'infra/setup': 'values',
    'infra/services/open-held-out.ts': 'values',
    'infra/services/open-model-server.ts': 'values',
    'infra/services/open-sandbox.ts': 'values',
    'infra/services/open-store.ts': 'values',
    'infra/services/open-tokenizer.ts': 'values',
    'infra/services/ports.ts': 'types',
    'workers/replay.ts': 'values',
    node: 'values',
    '*': 'values',
    '@temporalio/client': 'values',
  },
  web: {
    web: 'values',
    contracts: 'values',
    core: 'values',
    workflows: 'types',
    'infra/temporal': 'values',
    'infra/services/open-store.ts': 'values',
    node: 'values',
    '*': 'values',
    '@temporalio/client': 'values',
  },
  bench: {
    bench: 'values',
    contracts: 'values',
    core: 'values',
    activities: 'values',
    workflows: 'values',
    infra: 'values',
    workers: 'values',
    node: 'values',
    '*': 'values',
    '@temporalio': 'values',
  },
}

function permission(allowed: Allowed, target: string): Kind | undefined {
  const parts = target.replace(/^node:/, 'node/').split('/')
  for (let length = parts.length; length > 0; length--) {
    const prefix = parts.slice(0, length).join('/')
    const kind = allowed[prefix] ?? allowed[prefix.replace(/^node\//, 'node:')]
    if (kind !== undefined) return kind
  }
  const isPackage = !(parts[0]! in ROOMS) && parts[0] !== 'node' && parts[0] !== '@temporalio' && parts[0] !== 'tests'
  return isPackage ? allowed['*'] : undefined
}

function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const room = file.path.split('/')[0]!
    const allowed = ROOMS[room]
    if (allowed === undefined) return []
    return importsOf(file).flatMap((found) => {
      const target = targetOf(found)
      const kind = permission(allowed, target)
      if (kind === undefined) return [`${file.path}: ${room}/ may not import ${target}`]
      if (kind === 'types' && found.kind === 'values')
        return [`${file.path}: ${room}/ may import only types of ${target}: write "import type"`]
      return []
    })
  })
}

const files = repositoryFiles(['.ts', '.mjs'])

test('nobody in the house imports against the flow', () => {
  expect(violations(files)).toEqual([])
})

test.each(Object.keys(ROOMS))('the room %s has files, or the one file that says what belongs there', (room) => {
  const hasCode = files.some((file) => file.path.startsWith(`${room}/`))
  expect(hasCode || existsSync(join(ROOT, room, 'README.md'))).toBe(true)
})

test.each([
  ['core/x.ts', `import { readFileSync } from 'node:fs'`],
  ['core/x.ts', `import { z } from 'zod'`],
  ['core/x.ts', `import { RunConfig } from '../contracts/run-config.ts'`],
  ['core/x.ts', `const clock = await import('node:timers/promises')`],
  ['core/x.ts', `export { type Store } from '../infra/services/ports.ts'`],
  ['contracts/x.ts', `import { vote } from '../core/voting/vote.ts'`],
  ['workflows/x.ts', `import { createActivities } from '../activities/generate-activities.ts'`],
  ['workflows/x.ts', `import { type Activities } from '../activities/generate-activities.ts'`],
  ['workflows/x.ts', `import fs from 'node:fs/promises'`],
  ['activities/x.ts', `import type { FsStore } from '../infra/services/fs-store.ts'`],
  ['activities/x.ts', `import { ports } from '../infra/services/ports.ts'`],
  ['infra/services/x.ts', `import { evolution } from '../../workflows/evolution.ts'`],
  ['infra/services/x.ts', `import { vote } from '../../core/voting/vote.ts'`],
  ['infra/services/x.ts', `import { Worker } from '@temporalio/worker'`],
  ['cli/x.ts', `import { createDockerSandbox } from '../infra/sandbox/docker.ts'`],
  ['web/x.ts', `export * from '../workers/main.ts'`],
])('planted in %s, caught: %s', (path, text) => {
  expect(violations([{ path, text }])).toHaveLength(1)
})

test.each([
  ['core/x.ts', `import type { RunConfig } from '../contracts/run-config.ts'`],
  ['core/x.ts', `import { Outage } from '../contracts/errors.ts'`],
  ['workflows/x.ts', `import type { Activities } from '../activities/generate-activities.ts'`],
  ['activities/x.ts', `import type { ModelServer } from '../infra/services/ports.ts'`],
  ['cli/x.ts', `import { connect } from '../infra/temporal/connect.ts'`],
  ['infra/x.ts', `import { parse } from 'yaml'`],
])('legal in %s: %s', (path, text) => {
  expect(violations([{ path, text }])).toEqual([])
})
