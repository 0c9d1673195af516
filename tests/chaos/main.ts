// npm run chaos: every scenario, or those whose name holds a given text.
// npm run chaos -- --kills N [--seed S] [--every 20s]: kills at random. Both hold each run against an undisturbed one.
import { parseArgs } from 'node:util'
import { machineLine } from '../../bench/machine.ts'
import { table } from '../../host/table.ts'
import { differences } from './fingerprint.ts'
import { type Outcome, wholeRun } from './outcome.ts'
import { lostTo, RandomKills } from './random-kills.ts'
import { type Repeat, repeatsOf, samplingProblems } from './sampling.ts'
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

/** A run that is over; null for one that broke. */
interface Row {
  name: string
  outcome: Outcome | null
  /** What it is held against; null until there is one. */
  like: Outcome | null
  recoveredIn: number | null
  /** What is wrong with it, a line each. */
  wrong: string[]
}

/** What is wrong with a run that is over, beside an undisturbed one. */
function wrongWith(undisturbed: Outcome, outcome: Outcome, repeatsMax: number): string[] {
  return [
    ...differences(undisturbed.fingerprint, outcome.fingerprint),
    ...samplingProblems(outcome.turns, outcome.asked, repeatsMax),
    ...outcome.left,
  ]
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const lostWork = (repeats: readonly Repeat[]) =>
  repeats.length === 0
    ? 'none'
    : `${repeats.length} turns, ${repeats.reduce((sum, { tokens }) => sum + tokens, 0)} tokens`

const inSeconds = (seconds: number | null) => seconds?.toFixed(1) ?? '–'

const HEADING = ['RUN', 'SECONDS', 'RECOVERED IN S', 'SAMPLED AGAIN', 'CHECKPOINTS AND ARTIFACTS', 'LEFT BEHIND']

function wordsOf({ name, outcome, like, recoveredIn }: Row): string[] {
  if (outcome === null || like === null) return [name, '–', '–', '–', 'it broke', '–']
  const isSame = differences(like.fingerprint, outcome.fingerprint).length === 0
  return [
    name,
    outcome.seconds.toFixed(0),
    inSeconds(recoveredIn),
    lostWork(repeatsOf(outcome.turns, outcome.asked)),
    isSame ? 'the same' : 'OTHERS',
    outcome.left.length === 0 ? 'nothing' : String(outcome.left.length),
  ]
}

async function everyScenario(undisturbed: Outcome): Promise<Row[]> {
  const wanted = scenarios.filter(({ name }) => positionals.every((text) => name.includes(text)))
  if (wanted.length === 0) usage()
  const rows: Row[] = []
  for (const { name, disturb, repeatsMax, disk, twin } of wanted) {
    const row: Row = { name, outcome: null, like: null, recoveredIn: null, wrong: [] }
    rows.push(row)
    try {
      row.like = twin === undefined ? undisturbed : await wholeRun(twin.disturb, { config: twin.config })
      const setting = { disk, config: twin?.config }
      row.outcome = await wholeRun(async (run) => (row.recoveredIn = await disturb(run)), setting)
      row.wrong = wrongWith(row.like, row.outcome, repeatsMax)
    } catch (error) {
      row.wrong = [reasonOf(error)]
    }
    console.error(`${name}: ${row.wrong.length === 0 ? 'the same' : row.wrong.join('\n  ')}`)
  }
  return rows
}

async function randomKills(undisturbed: Outcome, options: { kills: number; seed: number; everyMs: number }) {
  const random = new RandomKills(options)
  const rows: Row[] = []
  const kills = [['RUN', 'AT S', 'KILLED', 'RECOVERED IN S', 'SAMPLED AGAIN']]
  while (random.left > 0) {
    const row: Row = { name: String(rows.length + 1), outcome: null, like: undisturbed, recoveredIn: null, wrong: [] }
    rows.push(row)
    try {
      row.outcome = await wholeRun(random.disturb)
      row.wrong = wrongWith(undisturbed, row.outcome, random.kills.length)
    } catch (error) {
      row.wrong = [reasonOf(error)]
    }
    const lost = row.outcome && lostTo(random.kills, repeatsOf(row.outcome.turns, row.outcome.asked))
    for (const [index, { victim, at, recoveredIn }] of random.kills.entries()) {
      const again = lost === null ? '–' : lostWork(lost[index]!)
      kills.push([row.name, at.toFixed(0), victim, recoveredIn?.toFixed(1) ?? 'run over', again])
    }
    console.error(`run ${row.name}: ${random.kills.length} kills, ${random.left} to go`)
    if (row.outcome === null) break
  }
  console.log(`${table(kills)}\n`)
  return rows
}

const seconds = /^(\d+)s?$/.exec(values.every)?.[1]
const { kills, seed } = values
if (seconds === undefined || !isWhole(seed) || (kills !== undefined && !isWhole(kills))) usage()
const undisturbed = await wholeRun()
const first: Row = { name: 'undisturbed', outcome: undisturbed, like: undisturbed, recoveredIn: null, wrong: [] }
first.wrong = wrongWith(undisturbed, undisturbed, 0)
const others =
  kills === undefined
    ? await everyScenario(undisturbed)
    : await randomKills(undisturbed, { kills: Number(kills), seed: Number(seed), everyMs: Number(seconds) * 1_000 })
const rows = [first, ...others]
console.log(table([HEADING, ...rows.map(wordsOf)]))
console.log(`\n${machineLine()}`)
for (const [name, digest] of Object.entries(undisturbed.fingerprint.checkpoints)) console.log(`${name}  ${digest}`)
for (const { name, wrong } of rows) for (const line of wrong) console.error(`${name}: ${line}`)
process.exit(rows.every(({ wrong }) => wrong.length === 0) ? 0 : 1)
