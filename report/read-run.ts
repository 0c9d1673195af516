import { z } from 'zod'
import { acceptedKey, configKey, iterationKey, runRecordKey, trainingKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { iterationId, parseId, runId, type RunId, stageId, stepId } from '../contracts/ids.ts'
import { type RunConfig, StoredRunConfig } from '../contracts/run-config.ts'
import { AcceptedCanary } from '../contracts/publication.ts'
import { IterationRecord, RunRecord } from '../contracts/run-record.ts'
import { namedPolicy } from '../core/loop/evolution.ts'
import { recipes } from '../core/recipes/index.ts'
import type { RunArtifacts, StepMetrics } from '../core/report/run-report.ts'
import type { ArtifactStore } from '../services/artifact-store/open.ts'

/** All that a report needs of a `TrainingRecord`, so that it can read records of earlier versions too. */
const StepOfRecord = z.object({
  metrics: z.record(z.string(), z.number()),
  checkpointDigest: z.string().default(''),
  checkpointDir: z.string().default(''),
})

/** What stands under the keys of a numbered list, up to the first number under which nothing does. */
async function references(
  store: ArtifactStore,
  first: number,
  key: (number: number) => string,
): Promise<ArtifactReference[]> {
  const found: ArtifactReference[] = []
  for (;;) {
    const reference = await store.find(key(first + found.length))
    if (reference === null) return found
    found.push(reference)
  }
}

/** The training steps of a run, and what people accepted of the policies that they made. */
async function trainedOf(store: ArtifactStore, run: RunId, config: RunConfig, iterations: number) {
  const stages = recipes[config.recipe].stages.filter((stage) => stage.kind === 'online-training')
  const steps: StepMetrics[] = []
  const accepted: AcceptedCanary[] = []
  /** Steps by lineage so far. */
  const versions: Record<string, number> = {}
  for (let iteration = 1; iteration <= iterations; iteration++) {
    for (const { name: stage, role } of stages) {
      const id = stageId(iterationId(run, iteration), stage)
      const records = await references(store, 1, (step) => trainingKey(stepId(id, step)))
      for (const [index, reference] of records.entries()) {
        const { metrics, checkpointDigest, checkpointDir } = await store.getJson(StepOfRecord, reference)
        steps.push({ iteration, stage, step: index + 1, metrics })
        const version = (versions[role] = (versions[role] ?? 0) + 1)
        const key = acceptedKey(namedPolicy(run, role, version, checkpointDigest, checkpointDir))
        const order = await store.find(key)
        if (order !== null) accepted.push(await store.getJson(AcceptedCanary, order))
      }
    }
  }
  return { steps, accepted }
}

/** What a run has left so far; null if there is no such run. */
export async function readRun(store: ArtifactStore, name: string): Promise<RunArtifacts | null> {
  const parsed = parseId(name)
  if (!parsed.ok || parsed.level !== 'run') return null
  const run = runId(name)
  const opened = await store.find(runRecordKey(run))
  const newest = (await references(store, 1, (number) => configKey(run, number))).at(-1)
  if (opened === null || newest === undefined) return null
  const [record, config] = await Promise.all([store.getJson(RunRecord, opened), store.getJson(StoredRunConfig, newest)])
  const over = await references(store, 0, (iteration) => iterationKey(run, iteration))
  const iterations = await Promise.all(over.map((reference) => store.getJson(IterationRecord, reference)))
  // The iteration under way has steps, if it trains already, and no record.
  return { run, record, config, iterations, ...(await trainedOf(store, run, config, over.length)) }
}

/** The runs of a store, by name. It reads every key: slow where there are many. */
export async function runsIn(store: ArtifactStore): Promise<string[]> {
  return [...new Set((await store.list('')).map((key) => key.split('/')[0]!))]
}
