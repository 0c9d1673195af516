import { repositoryFiles, type SourceFile } from '../support/repository.ts'
import { importsOf, targetOf } from './imports.ts'

type Kind = 'values' | 'types'
/** What a room may import. A target is a room or a path in one, a package scope or name, `node`, or `*` (any package). */
type Allowed = Record<string, Kind>

const GLOSSARY = {
  contracts: 'types',
  'contracts/answer-rules.ts': 'values',
  'contracts/ids.ts': 'values',
  'contracts/errors.ts': 'values',
} as const
const FOR_WORKFLOWS = {
  ...GLOSSARY,
  'contracts/messages.ts': 'values',
  'contracts/task-queues.ts': 'values',
  'contracts/former-config.ts': 'values',
  'contracts/text.ts': 'values',
} as const

// The source of truth for who may import whom, from the ground floor up; docs/design/architecture.md shows the same table.
// Where a folder has rules of its own (`services/trainer`), they replace those of its room.
const ROOMS: Record<string, Allowed> = {
  contracts: { contracts: 'values', zod: 'values' },
  core: { core: 'values', ...FOR_WORKFLOWS },
  host: { host: 'values', contracts: 'values', node: 'values', yaml: 'values', 'fastest-levenshtein': 'values' },
  services: { contracts: 'values', host: 'values', node: 'values', '@temporalio/common': 'values' },
  ...Object.fromEntries(
    ['alerts', 'artifact-store', 'model-server', 'sandbox', 'trainer', 'temporal'].map((port) => [
      `services/${port}`,
      {
        [`services/${port}`]: 'values',
        'services/failure.ts': 'values',
        contracts: 'values',
        host: 'values',
        node: 'values',
        '*': 'values',
        '@temporalio/common': 'values',
        ...(port === 'temporal' && { '@temporalio/client': 'values' }),
      } satisfies Allowed,
    ]),
  ),
  infra: { infra: 'values', contracts: 'values', host: 'values', services: 'values', node: 'values', '*': 'values' },
  activities: {
    activities: 'values',
    contracts: 'values',
    core: 'values',
    'node:path': 'values',
    'node:util': 'values',
    '@temporalio/activity': 'values',
    '@temporalio/common': 'values',
  },
  workflows: {
    workflows: 'values',
    core: 'values',
    ...FOR_WORKFLOWS,
    activities: 'types',
    '@temporalio/workflow': 'values',
    '@temporalio/common': 'values',
  },
  report: {
    report: 'values',
    contracts: 'values',
    core: 'values',
    host: 'values',
    'services/artifact-store': 'values',
    '*': 'values',
  },
  workers: {
    workers: 'values',
    contracts: 'values',
    core: 'values',
    host: 'values',
    services: 'values',
    activities: 'values',
    node: 'values',
    '*': 'values',
    '@temporalio/worker': 'values',
    '@temporalio/common': 'values',
  },
  cli: {
    cli: 'values',
    contracts: 'values',
    core: 'values',
    host: 'values',
    services: 'values',
    infra: 'values',
    report: 'values',
    workflows: 'types',
    'workers/replay.ts': 'values',
    node: 'values',
    '*': 'values',
    '@temporalio/client': 'values',
  },
  bench: {
    bench: 'values',
    contracts: 'values',
    core: 'values',
    host: 'values',
    services: 'values',
    infra: 'values',
    activities: 'values',
    workflows: 'values',
    workers: 'values',
    node: 'values',
    '*': 'values',
    '@temporalio': 'values',
  },
}
/** Folders of code that are not rooms of the flow: Python, data, and what looks at all of it. */
const OUTSIDE = ['ml', 'tests', 'configs', 'docs', 'models', 'examples']

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
    const [top, folder] = file.path.split('/')
    const room = `${top}/${folder}` in ROOMS ? `${top}/${folder}` : top!
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

/** Top-level folders with code for which no rule stands above. */
function unknownRooms(all: readonly SourceFile[]): string[] {
  const tops = all.filter(({ path }) => path.includes('/')).map(({ path }) => path.split('/')[0]!)
  return [...new Set(tops)].filter((top) => !(top in ROOMS) && !OUTSIDE.includes(top))
}

test('every folder with code is a room with rules, and every room has code', () => {
  expect(unknownRooms(files)).toEqual([])
  expect(unknownRooms([{ path: 'helpers/x.ts', text: '' }])).toEqual(['helpers'])
  expect(Object.keys(ROOMS).filter((room) => !files.some(({ path }) => path.startsWith(`${room}/`)))).toEqual([])
})

/** The places of a room that can be in one another's way: its folders, and the files that lie beside them. */
const placeOf = (path: string) => path.split('/').slice(0, 2).join('/')

/** Ways from a place of a room back to itself, over imports of values and types alike. */
function circles(all: readonly SourceFile[]): string[] {
  const arrows = new Map<string, Set<string>>()
  for (const file of all) {
    const from = placeOf(file.path)
    for (const found of importsOf(file)) {
      const to = placeOf(targetOf(found))
      if (to === from || to.split('/')[0] !== from.split('/')[0]) continue
      arrows.set(from, (arrows.get(from) ?? new Set()).add(to))
    }
  }
  const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
    [...(arrows.get(from) ?? [])].some((to) => to === goal || (!seen.has(to) && reaches(to, goal, seen.add(to))))
  return [...arrows.keys()].filter((place) => reaches(place, place)).toSorted()
}

test('no way leads from a folder of a room through its neighbours back to it', () => {
  expect(circles(files.filter(({ path }) => path.split('/')[0]! in ROOMS))).toEqual([])
})

test('planted, caught: two folders that import each other, also by types', () => {
  const there = { path: 'core/voting/x.ts', text: `import type { Y } from '../rewards/y.ts'` }
  const back = { path: 'core/rewards/y.ts', text: `import { x } from '../voting/x.ts'` }
  expect(circles([there, back])).toEqual(['core/rewards', 'core/voting'])
  expect(circles([there])).toEqual([])
})

/** Rooms, services and other top-level folders without a README, and folders that the README above them does not name. */
function unexplained(all: readonly SourceFile[]): string[] {
  const code = all.filter(({ path }) => path.includes('/') && !path.startsWith('.') && !path.startsWith('tests/'))
  const tops = [...new Set(code.map(({ path }) => path.split('/')[0]!)), ...Object.keys(ROOMS)]
  const readmeOf = (folder: string) => all.find(({ path }) => path === `${folder}/README.md`)?.text
  const missing = [...new Set(tops)].filter((top) => readmeOf(top) === undefined).map((top) => `${top}/README.md`)
  const inside = new Set(code.map(({ path }) => path.split('/').slice(0, -1)).filter((parts) => parts.length === 2))
  const unnamed = [...new Set([...inside].map((parts) => parts.join('/')))].filter((folder) => {
    const [top, name] = folder.split('/')
    return readmeOf(folder) === undefined && readmeOf(top!)?.includes(`${name}/`) !== true
  })
  return [...missing, ...unnamed]
}

test('every folder says in one line what belongs there, in a README of its own or in the one above', () => {
  expect(unexplained(repositoryFiles(['']))).toEqual([])
})

test('planted, caught: a folder that no README names', () => {
  const readmes = Object.keys(ROOMS).map((room) => ({ path: `${room}/README.md`, text: '' }))
  const planted = [...readmes, { path: 'core/odds/x.ts', text: '' }, { path: 'attic/x.ts', text: '' }]
  expect(unexplained(planted)).toEqual(['attic/README.md', 'core/odds'])
})

test.each([
  ['core/x.ts', `import { readFileSync } from 'node:fs'`],
  ['core/x.ts', `import { z } from 'zod'`],
  ['core/x.ts', `import { RunConfig } from '../contracts/run-config.ts'`],
  ['core/x.ts', `const clock = await import('node:timers/promises')`],
  ['core/x.ts', `export { type Store } from '../services/artifact-store/open.ts'`],
  ['core/x.ts', `import { ports } from '../contracts/ports/index.ts'`],
  ['contracts/x.ts', `import { vote } from '../core/voting/vote.ts'`],
  ['workflows/x.ts', `import { createActivities } from '../activities/generate-activities.ts'`],
  ['workflows/x.ts', `import { type Activities } from '../activities/generate-activities.ts'`],
  ['workflows/x.ts', `import fs from 'node:fs/promises'`],
  ['activities/x.ts', `import type { FsStore } from '../services/artifact-store/fs-store.ts'`],
  ['activities/x.ts', `import { run } from '../host/commands.mjs'`],
  ['host/x.ts', `import { failure } from '../services/failure.ts'`],
  ['host/x.ts', `import { z } from 'zod'`],
  ['services/x.ts', `import { FsStore } from './artifact-store/fs-store.ts'`],
  ['services/trainer/x.ts', `import { evolution } from '../../workflows/evolution.ts'`],
  ['services/trainer/x.ts', `import { vote } from '../../core/voting/vote.ts'`],
  ['services/trainer/x.ts', `import { Worker } from '@temporalio/worker'`],
  ['services/trainer/x.ts', `import { Client } from '@temporalio/client'`],
  ['services/trainer/x.ts', `import { DockerSlots } from '../sandbox/docker-slots.ts'`],
  ['services/sandbox/x.ts', `import { findPython } from '../../infra/setup/steps/python-environment.mjs'`],
  ['infra/x.ts', `import { main } from '../workers/main.ts'`],
  ['infra/x.ts', `import { vote } from '../core/voting/vote.ts'`],
  ['report/x.ts', `import { openSandbox } from '../services/sandbox/open.ts'`],
  ['report/x.ts', `import { table } from '../cli/table.ts'`],
  ['workers/x.ts', `import { up } from '../infra/supervisor/up.ts'`],
  ['cli/x.ts', `import { createActivities } from '../activities/index.ts'`],
])('planted in %s, caught: %s', (path, text) => {
  expect(violations([{ path, text }])).toHaveLength(1)
})

test.each([
  ['core/x.ts', `import type { RunConfig } from '../contracts/run-config.ts'`],
  ['core/x.ts', `import { Outage } from '../contracts/errors.ts'`],
  ['workflows/x.ts', `import type { Activities } from '../activities/generate-activities.ts'`],
  ['core/x.ts', `import type { ModelServer } from '../contracts/ports/index.ts'`],
  ['activities/x.ts', `import type { ModelServer } from '../contracts/ports/index.ts'`],
  ['services/trainer/x.ts', `import { failure } from '../failure.ts'`],
  ['report/x.ts', `import { openStore } from '../services/artifact-store/open.ts'`],
  ['cli/x.ts', `import { connect } from '../services/temporal/connect.ts'`],
  ['infra/x.ts', `import { parse } from 'yaml'`],
])('legal in %s: %s', (path, text) => {
  expect(violations([{ path, text }])).toEqual([])
})
