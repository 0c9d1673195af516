import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { recipes } from '../core/recipes/index.ts'
import {
  findGarbage,
  type Garbage,
  type GarbageRule,
  openStore,
  removeGarbage,
  strayFiles,
} from '../services/artifact-store/open.ts'
import { positiveNumber, wholeNumber } from './options.ts'
import { table } from '../host/table.ts'
import { readMachine } from '../host/machine.ts'
import { print, printError } from './print.ts'

interface GcFlags {
  store?: string
  run?: string
  olderThan: number
  keepCheckpoints?: number
  milestoneEvery: number
  list?: true
  delete?: true
}

const HOUR_MS = 3_600_000

function ruleOf(flags: GcFlags): GarbageRule {
  const { run, olderThan, keepCheckpoints: keepLast, milestoneEvery } = flags
  const roles = new Set(Object.values(recipes).flatMap((recipe) => recipe.roles))
  const lineages = run === undefined ? {} : { lineages: [...roles].map((role) => `${run}-${role}`) }
  return {
    olderThanMs: olderThan * HOUR_MS,
    now: Date.now(),
    ...(run !== undefined && { run }),
    ...(keepLast !== undefined && { checkpoints: { keepLast, milestoneEvery, ...lineages } }),
  }
}

const mebibytes = (garbage: readonly Garbage[]) =>
  `${(garbage.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20).toFixed(1)} MiB`

function summary(garbage: readonly Garbage[]): string {
  const kinds = [...new Set(garbage.map(({ kind }) => kind))]
  const rows = kinds.map((kind) => {
    const ofKind = garbage.filter((each) => each.kind === kind)
    return [kind, String(ofKind.length), mebibytes(ofKind)]
  })
  return table([['KIND', 'COUNT', 'SIZE'], ...rows])
}

/** Shows what may go from the store, and takes it away if asked. Gives the exit code. */
async function collect(flags: GcFlags): Promise<number> {
  const folder = flags.store ?? readMachine().store.folder
  if (!existsSync(folder)) {
    printError(`There is no store at ${folder}.`)
    return 1
  }
  const rule = ruleOf(flags)
  try {
    if (flags.run !== undefined && (await openStore(folder).list(flags.run)).length === 0) {
      printError(`There is no run "${flags.run}" in ${folder}.`)
      return 1
    }
    const found = await findGarbage(folder, rule)
    const gone = flags.delete ? await removeGarbage(folder, found, rule) : found
    for (const stray of await strayFiles(folder))
      printError(`${join(folder, stray)} is not an artifact's name: it is left alone. Move it out of the store.`)
    if (gone.length === 0) print('Nothing can go.')
    else print(summary(gone))
    if (flags.list) for (const { path, bytes } of gone) print(`${path}  ${bytes}`)
    if (gone.length > 0) print(flags.delete ? 'Deleted.' : 'Nothing was deleted: --delete does it.')
    return 0
  } catch (error) {
    printError(error instanceof Error ? error.message : String(error))
    return 1
  }
}

/** `agent0 gc`: what the store could do without. */
export function addGcCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('gc')
    .description('show what the artifact store could do without, and delete it with --delete')
    .option('--run <name>', "only this run's journals and checkpoints")
    .option('--older-than <hours>', 'younger files stay', positiveNumber, 24)
    .option(
      '--keep-checkpoints <count>',
      'of each lineage keep the last ones and those in use (default: all)',
      positiveNumber,
    )
    .option('--milestone-every <steps>', 'and every n-th step', wholeNumber, 0)
    .option('--list', 'name each file')
    .option('--store <folder>', "another store than this machine's")
    .option('--delete', 'delete it')
    .action(async (flags: GcFlags) => finish(await collect(flags)))
}
