// npm run bench NAME: prints one table of measured figures. How to read it: bench/README.md
import { parseArgs } from 'node:util'
import { mlPython } from '../host/python.mjs'
import { benchAnswersCost } from './answers-cost.ts'
import { benchPairs } from './answers-pairs.ts'
import { benchCore } from './core.ts'
import { benchFaults } from './faults.ts'
import { type BenchOptions, table, type Figure } from './figures.ts'
import { machineLine } from './machine.ts'
import { benchOrchestration } from './orchestration.ts'
import { benchPrompts } from './prompts.ts'
import { benchSandbox } from './sandbox.ts'
import { benchGuest } from './sandbox-guest.ts'
import { benchSandboxMemory } from './sandbox-memory.ts'
import { benchServing } from './serving.ts'
import { benchTrainer } from './trainer.ts'
import { benchEmbedded } from './serving-embedded.ts'
import { benchShards } from './shards.ts'
import { benchTasks } from './tasks.ts'

const BENCHES: Record<string, (options: BenchOptions) => Figure[] | Promise<Figure[]>> = {
  answers: benchPairs,
  'answers-cost': benchAnswersCost,
  core: benchCore,
  sandbox: benchSandbox,
  'sandbox-memory': benchSandboxMemory,
  'sandbox-guest': benchGuest,
  serving: benchServing,
  trainer: benchTrainer,
  'serving-embedded': benchEmbedded,
  orchestration: benchOrchestration,
  tasks: benchTasks,
  shards: benchShards,
  faults: benchFaults,
  prompts: benchPrompts,
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    base: { type: 'string' },
    trl: { type: 'string' },
    victims: { type: 'string' },
    config: { type: 'string' },
    every: { type: 'string' },
    before: { type: 'string' },
    model: { type: 'string' },
    prompts: { type: 'string' },
    proposals: { type: 'string' },
    samples: { type: 'string' },
    temperature: { type: 'string' },
    'top-p': { type: 'string' },
    keep: { type: 'string' },
    pairs: { type: 'string' },
  },
})
const bench = BENCHES[positionals[0] ?? '']
if (bench === undefined) {
  console.error(`npm run bench NAME; names: ${Object.keys(BENCHES).join(', ')}`)
  process.exitCode = 1
} else {
  const figures = await bench({ reference: await mlPython(), ...values })
  // A bench that has said its own result gives no figures.
  if (figures.length > 0) console.log(`${machineLine()}\n\n${table(figures)}`)
}
