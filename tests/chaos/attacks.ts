import Docker from 'dockerode'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostileNext } from '../services/sandbox/hostile-next.ts'
import { containersOf } from './census.ts'
import { eventually } from './eventually.ts'
import { midFanOut } from './observe.ts'
import type { OwnRun } from './own-run.ts'

/** What came of one attack: services/sandbox/attacked-sandbox.ts. */
interface Attacked {
  name: string
  kind: string
  stdout: string
}

/** A name for a file: the row of a hostile program by its place. */
const nameOf = (index: number) => `attack-${String(index).padStart(3, '0')}`

/** From now on an attack on PID 1 runs in the worker's sandbox before each program of a rollout or a grader. */
function beginAttacks({ faultsFolder, temporaryFolder }: OwnRun): void {
  const made = join(temporaryFolder, 'attacks')
  mkdirSync(made)
  for (const [index, { source }] of hostileNext.entries()) writeFileSync(join(made, `${nameOf(index)}.py`), source)
  renameSync(made, join(faultsFolder, 'attacks')) // all at once
}

function attacked({ faultsFolder }: OwnRun): Attacked[] {
  const file = join(faultsFolder, 'attacked.jsonl')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  return lines.map((line) => JSON.parse(line) as Attacked)
}

/** What is wrong with how attacks ended, a line each. */
function wrongEndings(endings: readonly Attacked[]): string[] {
  return hostileNext.flatMap((row, index) => {
    const isRight = ({ kind, stdout }: Attacked) =>
      row.ends.some((each) => each === kind) &&
      (typeof row.prints === 'object' ? row.prints.test(stdout) : (row.prints ?? stdout) === stdout)
    const wrong = endings.filter(({ name }) => name === nameOf(index)).find((ending) => !isRight(ending))
    return wrong === undefined ? [] : [`the attack "${row.name}" ended as ${JSON.stringify(wrong)}`]
  })
}

/** As the slot's user, but without the second filter: what a program would do if the filter had a hole. */
const CHANGE = ['prlimit', '--pid=1', '--fsize=1048576:1048576']

/** Changes PID 1 of a slot. False where the program that ends meanwhile takes this process with it. */
async function changeGuest(id: string): Promise<boolean> {
  const exec = await new Docker().getContainer(id).exec({ Cmd: CHANGE, AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({})
  stream.resume()
  await new Promise((resolve) => stream.once('end', resolve))
  return (await exec.inspect()).ExitCode === 0
}

/** Changes PID 1 of every slot that lives long enough. Each must end with its next program; at least one has one in mid-shard. */
async function changeGuests(run: OwnRun): Promise<void> {
  const running = async () => (await containersOf(run)).filter(({ State }) => State === 'running').map(({ Id }) => Id)
  const changed = new Set<string>()
  const isReplaced = async () => {
    const slots = await running()
    // A container that has ended meanwhile is not ours to change.
    for (const id of slots.filter((each) => !changed.has(each)))
      if (await changeGuest(id).catch(() => false)) changed.add(id)
    return [...changed].some((id) => !slots.includes(id))
  }
  await eventually('a slot whose PID 1 was changed is replaced', isReplaced)
}

/** Programs attack PID 1 of their slots while others run, from curation's fan-out to the end of the run. */
export async function attackedGuests(run: OwnRun): Promise<null> {
  await midFanOut(run, 'curation')
  beginAttacks(run)
  const tried = () => new Set(attacked(run).map(({ name }) => name)).size
  await eventually('some attacks were tried', () => tried() >= 5)
  await changeGuests(run)
  await run.finish()
  const wrong = wrongEndings(attacked(run))
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  if (tried() < hostileNext.length) throw new Error(`only ${tried()} of ${hostileNext.length} attacks were tried`)
  return null
}
