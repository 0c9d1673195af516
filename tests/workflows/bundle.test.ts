import { buildWorkflowBundle } from '../../workers/build-workflow-bundle.ts'
import * as workflows from '../../workflows/index.ts'

/** The modules of a bundle, by what webpack calls them. */
let modules: string[]
let code: string

beforeAll(async () => {
  const bundle = await buildWorkflowBundle()
  code = bundle.code
  modules = [...code.matchAll(/!\*\*\* (\S+)(?: \+ \d+ modules)? \*\*\*!/g)].map(([, name]) => name!)
}, 60_000)

test('the bundle holds the workflows and the pure rooms', () => {
  expect(modules).toEqual(expect.arrayContaining(['./workflows/evolution.ts', './core/loop/evolution.ts']))
  for (const name of Object.keys(workflows)) expect(code).toContain(name)
})

test('no zod, no schema, no Node, and nothing that touches the world is in it', () => {
  const foreign = /node_modules\/zod|node:|\/(activities|host|services|infra|report|workers|cli)\//
  expect(modules.filter((name) => foreign.test(name))).toEqual([])
  expect(code).not.toMatch(/require\("(node:|fs|child_process|http|net)/)
})

test("no call of a service, of a schema or of an activity's context is in it", () => {
  const calls = ['putIfAbsent', 'ensurePolicy', 'createRolloutActivities', 'cancellationSignal', 'strictObject']
  expect(calls.filter((call) => code.includes(call))).toEqual([])
})
