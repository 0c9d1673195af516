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
const CHANGE = [
  'python3',
  '-c',
  'import resource, os; resource.prlimit(1, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)); os.setpriority(os.PRIO_PROCESS, 1, 19)',
]

/** Changes PID 1 of every slot. Each must end with its next program; at least one has one in mid-shard. */
async function changeGuests(run: OwnRun): Promise<void> {
  const engine = new Docker()
  const running = async () => (await containersOf(run)).filter(({ State }) => State === 'running').map(({ Id }) => Id)
  const changed: string[] = []
  for (const id of await running()) {
    const exec = await engine.getContainer(id).exec({ Cmd: CHANGE, AttachStdout: true, AttachStderr: true })
    const stream = await exec.start({})
    stream.resume()
    await new Promise((resolve) => stream.once('end', resolve))
    if ((await exec.inspect()).ExitCode === 0) changed.push(id)
  }
  if (changed.length === 0) throw new Error('no PID 1 could be changed')
  const isReplaced = async () => {
    const left = new Set(await running())
    return changed.some((id) => !left.has(id))
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
