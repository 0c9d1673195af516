import { execa } from 'execa'
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Rollout } from '../../../contracts/rollout.ts'
import { TrainingRow } from '../../../contracts/training-row.ts'
import { readParquet, writeParquet } from '../../../services/artifact-store/parquet.ts'
import { installedPython } from '../../support/installed.ts'
import { ROOT } from '../../support/repository.ts'
import { aTaskId, encode, okVerdict } from '../../support/rollouts.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { allLines, storeChild } from '../../support/store-child.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

// Megabytes are written and read back: on a busy machine that takes its time.
jest.setTimeout(60_000)

/** Rows of uneven lengths with the awkward numbers in them. */
function trainingRows(count: number): TrainingRow[] {
  const random = seededRandom(7)
  const logprobs = [-1e-30, -0.1, -1 / 3, -87.5, -1.7976931348623157e308]
  return Array.from({ length: count }, (_, index) => {
    const length = 2 + random.integer(40)
    const mask = Array.from({ length }, (_each, place): 0 | 1 =>
      place > 0 && (place === 1 || random.integer(2)) ? 1 : 0,
    )
    return TrainingRow.parse({
      group: `tiny/iter-001/executor/step-0001/task-${String(count - (index >> 2)).padStart(6, '0')}`,
      sample: index % 4,
      tokenIds: Array.from({ length }, () => random.integer(151_936)),
      mask,
      serverLogprobs: mask.map((sampled) => (sampled ? random.pick(logprobs) : 0)),
      policy: 'tiny-executor-v2-0a1b2c3d',
      temperature: 0.7,
      advantage: random.integer(1_000) / 333 - 1.5,
      clipLow: 0.2,
      clipHigh: 0.2 + random.integer(10) / 100,
      pHat: index % 3 === 0 ? null : random.integer(11) / 10,
    })
  })
}

const HOSTILE = ['', "it's", '"\\\n\r\t', 'a\0b', '\u2028 ünï 𝒙', '{"a": 1}', 'null', ',', '\ufeff', '1e5']

function rollout(sample: number, text: string): Rollout {
  const code = { code: text, verdict: okVerdict(text), output: text, outputTokens: 3 }
  return Rollout.parse({
    id: `${aTaskId}/sample-${String(sample).padStart(4, '0')}`,
    policy: 'tiny-executor-v2-0a1b2c3d',
    promptTokenIds: encode('6*7?'),
    responseTokenIds: [1, 2, 3],
    responseMask: [1, 0, 1],
    responseLogprobs: [-0.1, 0, -1e-9],
    turns: [
      { text, sampledTokens: 2, finish: 'stop_text', seed: 2 ** 52, toolCall: code },
      { text: 'end', sampledTokens: 1, finish: 'length', seed: 0, toolCall: null },
    ],
    ending: text.trim() === '' ? 'no_answer' : 'answered',
    answer: text.trim() || null,
  })
}

/** Through a file and back. */
async function thereAndBack(kind: Parameters<typeof writeParquet>[0], rows: readonly object[]): Promise<unknown[]> {
  const folder = temporaryFolder()
  const path = join(folder, "it's.parquet")
  renameSync(await writeParquet(kind, rows as never, folder), path)
  expect(readdirSync(folder)).toEqual(["it's.parquet"])
  return readParquet(kind, path)
}

test.each([0, 1, 3_000])('%i training rows come back bit by bit, in their order', async (count) => {
  const rows = trainingRows(count)
  expect(JSON.stringify(await thereAndBack('training', rows))).toBe(JSON.stringify(rows))
})

test('whole trajectories come back, whatever a policy or a program wrote', async () => {
  const rows = HOSTILE.map((text, index) => rollout(index, text))
  expect(await thereAndBack('trajectories', rows)).toEqual(rows)
})

test('half a surrogate pair, which no file format holds, becomes the replacement character and stops nothing', async () => {
  const [row] = (await thereAndBack('trajectories', [rollout(0, 'x\ud83d'), rollout(1, '\\ud83d')])) as Rollout[]
  expect(row).toEqual(rollout(0, 'x\ufffd'))
})

test('a trajectory of a megabyte per turn comes back', async () => {
  const rows = [rollout(0, 'x'.repeat(1 << 20)), rollout(1, 'y')]
  expect(await thereAndBack('trajectories', rows)).toEqual(rows)
})

test('a row in another order, or another number, gives other bytes; the same rows the same, here and elsewhere', async () => {
  const folder = temporaryFolder()
  const rows = trainingRows(500)
  const written = async (given: readonly TrainingRow[]) => readFileSync(await writeParquet('training', given, folder))
  const bytes = await written(rows)
  const again = await Promise.all([1, 2, 3].map(() => written(structuredClone(rows))))
  for (const other of again) expect(other.equals(bytes)).toBe(true)
  expect((await written(rows.toReversed())).equals(bytes)).toBe(false)

  const root = temporaryFolder()
  writeFileSync(join(root, 'rows.json'), JSON.stringify(rows))
  const script = `
    import { readFileSync } from 'node:fs'
    const rows = JSON.parse(readFileSync(${JSON.stringify(join(root, 'rows.json'))}, 'utf8'))
    say(await store.pathOf(await store.putTable('tiny/batch.parquet', 'training', rows)))
    process.exit()`
  const [path] = (await allLines(storeChild(root, script))) as string[]
  expect(readFileSync(path!).equals(bytes)).toBe(true)
}, 60_000)

const READ = `
import json, sys
from agent0_ml.trainer.batch import read_batch
from agent0_ml.trainer.config import parse_config
data = open(sys.argv[1], "rb").read()
for row in read_batch(data, parse_config(sys.argv[2].encode()), vocabulary_size=151936, length_max=64):
    print(json.dumps({
        "group": row.key[0], "sample": row.key[1], "tokenIds": row.token_ids.tolist(), "places": row.places.tolist(),
        "serverLogprobs": row.server_logprobs.tolist(), "advantages": row.advantages.tolist(), "policy": row.policy,
        "temperature": row.temperature, "pHat": row.p_hat,
        **({"clipLow": row.clip_low, "clipHigh": row.clip_high} if sys.argv[3] == "rows" else {})}))
`

/** The trainer's rows, as its own reader has them. */
async function asTrained(rows: readonly TrainingRow[], clip: 'rows' | 'constant'): Promise<Record<string, unknown>[]> {
  const folder = temporaryFolder()
  const path = await writeParquet('training', rows, folder)
  const kind = clip === 'rows' ? { kind: clip } : { kind: clip, low: 0.2, high: 0.2 }
  const config = JSON.stringify({ loss: { clip: kind } })
  const env = { PYTHONPATH: join(ROOT, 'ml') }
  const { stdout } = await execa(installedPython()!, ['-c', READ, path, config, clip], { env })
  return stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** The same, from what we wrote: 32-bit floats, in key order, values of sampled tokens only. */
function expected(row: TrainingRow, clip: 'rows' | 'constant') {
  const places = row.mask.flatMap((sampled, place) => (sampled === 1 ? [place] : []))
  const { group, sample, tokenIds, policy, pHat, clipLow, clipHigh } = row
  return {
    group,
    sample,
    tokenIds,
    places,
    serverLogprobs: places.map((place) => Math.fround(row.serverLogprobs[place]!)),
    advantages: places.map(() => Math.fround(row.advantage)),
    policy,
    temperature: Math.fround(row.temperature),
    pHat,
    ...(clip === 'rows' && { clipLow, clipHigh }),
  }
}

test.each(['rows', 'constant'] as const)(
  'the trainer reads what we write, with a clip of %s',
  async (clip) => {
    const rows = trainingRows(40).map((row) => ({
      ...row,
      serverLogprobs: row.serverLogprobs.map((each) => Math.max(each, -100)),
      pHat: clip === 'rows' ? (row.pHat ?? 0.5) : row.pHat,
    }))
    const inOrder = rows.toSorted((a, b) => (a.group === b.group ? a.sample - b.sample : a.group < b.group ? -1 : 1))
    const found = await asTrained(rows, clip)
    expect(found).toEqual(inOrder.map((row) => expected(row, clip)))
  },
  60_000,
)

test('rows go to the disk as they come: no more than a few are waited for in memory, however many there are', async () => {
  const folder = temporaryFolder()
  const text = 'x'.repeat(1 << 20)
  const written = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  const waiting: number[] = []
  function* rows(): Generator<Rollout> {
    for (let row = 0; row < 24; row++) {
      waiting.push(row * rowBytes - written())
      yield rollout(row, text)
    }
  }
  const rowBytes = JSON.stringify(rollout(0, text)).length
  const path = await writeParquet('trajectories', rows(), folder)
  expect(Math.max(...waiting)).toBeLessThan(2 * rowBytes)
  expect(await readParquet('trajectories', path)).toHaveLength(24)
  expect(readdirSync(folder)).toHaveLength(1)
})

test('a table of many parts has its rows in their order, and the same bytes each time', async () => {
  const folder = temporaryFolder()
  const rows = Array.from({ length: 40 }, (_, row) => rollout(row, `${row} ${'y'.repeat(200_000)}`))
  const paths = await Promise.all(
    [rows, structuredClone(rows)].map((some) => writeParquet('trajectories', some, folder)),
  )
  expect(readFileSync(paths[0]!).equals(readFileSync(paths[1]!))).toBe(true)
  expect(await readParquet('trajectories', paths[0]!)).toEqual(rows)
})
