import { ApplicationFailure } from '@temporalio/activity'
import { isDeepStrictEqual } from 'node:util'
import { configKey, iterationKey, runRecordKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { FailureType } from '../contracts/errors.ts'
import type { EvolutionState } from '../contracts/evolution-state.ts'
import type { RunId } from '../contracts/ids.ts'
import { type RunConfig, StoredRunConfig } from '../contracts/run-config.ts'
import { IterationRecord, type RunRecord } from '../contracts/run-record.ts'
import type { ArtifactStore } from '../contracts/ports/index.ts'
import { firstState } from '../core/loop/evolution.ts'
import { holdStart } from './hold-checkpoints.ts'
import type { RunContext, Services } from './services.ts'

const BAD_CONFIG: FailureType = 'Agent0.BadConfig'

export interface OpenRunInput {
  run: RunId
  config: RunConfig
}

export interface OpenRunResult {
  context: RunContext
  /** Where the run resumes: at its start, or after the last recorded iteration. */
  state: EvolutionState
}

/** Stores each different config of a run under its own number, so that a run can resume with another config. */
async function storeConfig(store: ArtifactStore, run: RunId, config: RunConfig): Promise<ArtifactReference> {
  for (let number = 1; ; number++) {
    const stored = await store.putJson(configKey(run, number), config)
    if (isDeepStrictEqual(await store.getJson(StoredRunConfig, stored), config)) return stored
  }
}

/** Starts a run or finds where it resumes: stores its config and record, and looks up its finished iterations. */
export function openRun({
  store,
  models,
  sandbox,
  trainer,
}: Pick<Services, 'store' | 'models' | 'sandbox' | 'trainer'>) {
  return async ({ run, config: given }: OpenRunInput): Promise<OpenRunResult> => {
    // A run that an earlier version started lacks what configs have had since, and may have former keys.
    const { data: config, error } = StoredRunConfig.safeParse(given)
    if (config === undefined) throw ApplicationFailure.nonRetryable(`${run}: ${error.message}`, BAD_CONFIG)
    // The head of a lineage without steps is the base model.
    const { checkpointDigest: base } = await trainer.head(`${run}-base`)
    const { backend, imageDigest, notGuaranteed } = sandbox.guarantees()
    const servers = (await models.health()).map(({ server, version }) => ({ server, version }))
    const record: RunRecord = { base, sandbox: { backend, imageDigest, notGuaranteed: [...notGuaranteed] }, servers }
    await store.putJson(runRecordKey(run), record)
    const context = { run, config: await storeConfig(store, run, config) }
    let state = firstState(run, config, base)
    for (;;) {
      const found = await store.find(iterationKey(run, state.iteration))
      if (found === null) {
        await holdStart(trainer, run, state)
        return { context, state }
      }
      state = (await store.getJson(IterationRecord, found)).next
    }
  }
}
