// npm run chaos: every scenario, or those whose name holds a given text.
// npm run chaos -- --kills N [--seed S] [--every 20s]: kills at random. Both hold each run against an undisturbed one.
import { parseArgs } from 'node:util'
import { machineLine } from '../../bench/machine.ts'
import { table } from '../../cli/table.ts'
import { differences } from './fingerprint.ts'
import { type Disturb, type Outcome, wholeRun } from './outcome.ts'
import { RandomKills } from './random-kills.ts'
import { scenarios } from './scenarios.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string' },
    seed: { type: 'string', default: '1' },
    every: { type: 'string', default: '20s' },
  },
})

const isWhole = (text: string) => /^\d+$/.test(text)

function usage(): never {
  console.error('npm run chaos [-- NAME | --kills N --seed S --every SECONDSs]; names:')
  for (const { name } of scenarios) console.error(`  ${name}`)
  process.exit(1)
}

/** A run under disturbance; what went wrong with it, a line each. */
async function compared(undisturbed: Outcome, disturb: Disturb): Promise<{ outcome: Outcome | null; wrong: string[] }> {
  try {
    const outcome = await wholeRun(disturb)
    return { outcome, wrong: [...differences(undisturbed.fingerprint, outcome.fingerprint), ...outcome.left] }
  } catch (error) {
    return { outcome: null, wrong: [error instanceof Error ? error.message : String(error)] }
  }
}

const HEADING = ['RUN', 'SECONDS', 'TOKENS SAMPLED', 'CHECKPOINTS AND ARTIFACTS', 'LEFT BEHIND']

/** One row for a run, and its troubles as lines below the table. */
function rowOf(name: string, undisturbed: Outcome, outcome: Outcome | null): string[] {
  if (outcome === null) return [name, '–', '–', 'it broke', '–']
  const more = outcome.sampledTokens / undisturbed.sampledTokens - 1
  const isSame = differences(undisturbed.fingerprint, outcome.fingerprint).length === 0
  const lost = outcome === undisturbed ? '' : ` (${more < 0 ? '−' : '+'}${(100 * Math.abs(more)).toFixed(1)} %)`
  return [
    name,
    outcome.seconds.toFixed(0),
    `${outcome.sampledTokens}${lost}`,
    isSame ? 'the same' : 'OTHERS',
    outcome.left.length === 0 ? 'nothing' : String(outcome.left.length),
  ]
}

async function everyScenario(undisturbed: Outcome): Promise<{ rows: string[][]; wrong: string[] }> {
  const wanted = scenarios.filter(({ name }) => positionals.every((text) => name.includes(text)))
  if (wanted.length === 0) usage()
  const rows: string[][] = []
  const wrong: string[] = []
  for (const { name, disturb } of wanted) {
    const found = await compared(undisturbed, disturb)
    rows.push(rowOf(name, undisturbed, found.outcome))
    wrong.push(...found.wrong.map((line) => `${name}: ${line}`))
    console.error(`${name}: ${found.wrong.length === 0 ? 'the same' : found.wrong.join('\n  ')}`)
  }
  return { rows, wrong }
}

async function randomKills(undisturbed: Outcome, options: { kills: number; seed: number; everyMs: number }) {
  const random = new RandomKills(options)
  const rows: string[][] = []
  const wrong: string[] = []
  const kills = [['RUN', 'AT S', 'KILLED', 'RECOVERED IN S', 'TASKS IN FLIGHT']]
  for (let number = 1; random.left > 0; number++) {
    const found = await compared(undisturbed, random.disturb)
    rows.push(rowOf(String(number), undisturbed, found.outcome))
    wrong.push(...found.wrong.map((line) => `run ${number}: ${line}`))
    for (const { victim, at, recoveredIn, tasksInFlight } of random.kills) {
      kills.push([String(number), at.toFixed(0), victim, recoveredIn?.toFixed(1) ?? 'run over', String(tasksInFlight)])
    }
    console.error(`run ${number}: ${random.kills.length} kills, ${random.left} to go`)
    if (found.outcome === null) break
  }
  console.log(`${table(kills)}\n`)
  return { rows, wrong }
}

const seconds = /^(\d+)s?$/.exec(values.every)?.[1]
const { kills, seed } = values
if (seconds === undefined || !isWhole(seed) || (kills !== undefined && !isWhole(kills))) usage()
const undisturbed = await wholeRun()
const { rows, wrong } =
  kills === undefined
    ? await everyScenario(undisturbed)
    : await randomKills(undisturbed, { kills: Number(kills), seed: Number(seed), everyMs: Number(seconds) * 1_000 })
console.log(table([HEADING, rowOf('undisturbed', undisturbed, undisturbed), ...rows]))
console.log(`\n${machineLine()}`)
for (const [name, digest] of Object.entries(undisturbed.fingerprint.checkpoints)) console.log(`${name}  ${digest}`)
for (const line of wrong) console.error(line)
process.exit(wrong.length === 0 ? 0 : 1)
