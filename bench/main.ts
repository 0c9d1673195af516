// npm run bench NAME: prints one table of measured figures. How to read it: bench/README.md
import { parseArgs } from 'node:util'
import { mlPython } from '../infra/setup/steps/python-environment.mjs'
import { benchCore } from './core.ts'
import { table, type Figure } from './figures.ts'
import { machineLine } from './machine.ts'
import { benchSandbox } from './sandbox.ts'
import { benchServing } from './serving.ts'

/** What a bench may use: `reference` is the Python of set-up, with the implementations that ours is compared with. */
export interface BenchOptions {
  reference: string
  /** `--url`: a model server to measure. */
  url?: string
}

const BENCHES: Record<string, (options: BenchOptions) => Figure[] | Promise<Figure[]>> = {
  core: benchCore,
  sandbox: benchSandbox,
  serving: benchServing,
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { url: { type: 'string' } } })
const bench = BENCHES[positionals[0] ?? '']
if (bench === undefined) {
  console.error(`npm run bench NAME; names: ${Object.keys(BENCHES).join(', ')}`)
  process.exitCode = 1
} else {
  const figures = await bench({ reference: await mlPython(), ...values })
  console.log(`${machineLine()}\n\n${table(figures)}`)
}
