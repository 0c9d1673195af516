import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { type ArtifactStore, openStore } from '../../services/artifact-store/open.ts'
import { type OwnRun, RUN } from './own-run.ts'

/** What a finished run came to, as digests by name. Equal for runs of one config on one kind of machine. */
export interface Fingerprint {
  /** By lineage and step. */
  checkpoints: Record<string, string>
  /** By key in the store. */
  artifacts: Record<string, string>
}

/** Fields that hold a time, the load of the machine, or a port of the day. */
const OF_THE_DAY = new Set(
  [
    ['cpuMs', 'wallMs', 'maxRssBytes'], // of a program in the sandbox
    ['tokens_per_second', 'peak_memory_bytes'], // of a training step
    ['seconds', 'serverUse', 'work', 'servers'], // of an iteration, of a run
    ['decisions'], // of people: when, and what they had been told
    ['record'], // of a publication: the digest of a training step's record, which is compared by itself
  ].flat(),
)

/** The text of an artifact that may hold what differs from day to day; null for one that is equal to the byte. */
async function textOf(store: ArtifactStore, key: string, reference: ArtifactReference): Promise<string | null> {
  if (key.endsWith('-trajectories.parquet')) return JSON.stringify(await store.getTable('trajectories', reference))
  // Read, so that bytes that are not what was stored fail here.
  const bytes = await store.get(reference)
  return /\.jsonl?$/.test(key) ? Buffer.from(bytes).toString() : null
}

/** The digest of lines of JSON without what differs from day to day: such fields, and where the store lies. */
function digestOfJson(text: string, storeFolder: string): string {
  const lines = text.replaceAll(storeFolder, 'STORE').split('\n').filter(Boolean)
  const kept = lines.map((line) =>
    JSON.stringify(JSON.parse(line, (name, held: unknown) => (OF_THE_DAY.has(name) ? undefined : held))),
  )
  return createHash('sha256').update(kept.join('\n')).digest('hex')
}

async function artifactsOf({ storeFolder }: OwnRun): Promise<Record<string, string>> {
  const store = openStore(storeFolder)
  const artifacts: Record<string, string> = {}
  // Alerts are about the machine of the day.
  for (const key of (await store.list(RUN)).filter((each) => !/\/alert-\d+\.json$/.test(each))) {
    const reference = (await store.find(key))!
    const text = await textOf(store, key, reference)
    artifacts[key] = text === null ? reference.sha256 : digestOfJson(text, storeFolder)
  }
  return artifacts
}

function checkpointsOf({ storeFolder }: OwnRun): Record<string, string> {
  const lineages = readdirSync(join(storeFolder, 'lineages')).toSorted()
  const steps = lineages.flatMap((lineage) => {
    const folder = join(storeFolder, 'lineages', lineage, 'steps')
    const records = readdirSync(folder).filter((name) => /^\d+\.json$/.test(name))
    return records.toSorted().map((name): [string, string] => {
      const record = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { checkpointDigest: string }
      return [`${lineage}/${name.replace('.json', '')}`, record.checkpointDigest]
    })
  })
  return Object.fromEntries(steps)
}

export async function fingerprint(run: OwnRun): Promise<Fingerprint> {
  return { checkpoints: checkpointsOf(run), artifacts: await artifactsOf(run) }
}

/** What two runs differ in, a line each; none if they came to the same. */
export function differences(undisturbed: Fingerprint, disturbed: Fingerprint): string[] {
  const kinds = ['checkpoints', 'artifacts'] as const
  return kinds.flatMap((kind) => {
    const [before, after] = [undisturbed[kind], disturbed[kind]]
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
    return names.flatMap((name) => {
      if (before[name] === after[name]) return []
      const how = before[name] === undefined ? 'is too many' : after[name] === undefined ? 'is missing' : 'differs'
      return [`${kind}: ${name} ${how}`]
    })
  })
}
