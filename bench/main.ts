// npm run bench NAME [-- --reference PYTHON]: prints one table of measured figures. How to read it: bench/README.md
import { parseArgs } from 'node:util'
import { benchCore } from './core.ts'
import { table, type Figure } from './figures.ts'
import { machineLine } from './machine.ts'

/** What a bench may use: `reference` is a Python with the packages of the implementation that ours is compared with. */
export interface BenchOptions {
  reference: string | undefined
}

const BENCHES: Record<string, (options: BenchOptions) => Figure[] | Promise<Figure[]>> = {
  core: benchCore,
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { reference: { type: 'string' } } })
const bench = BENCHES[positionals[0] ?? '']
if (bench === undefined) {
  console.error(`npm run bench NAME [-- --reference PYTHON]; names: ${Object.keys(BENCHES).join(', ')}`)
  process.exitCode = 1
} else {
  const figures = await bench({ reference: values.reference })
  console.log(`${machineLine()}\n\n${table(figures)}`)
}
