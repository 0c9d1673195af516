import { ApplicationFailure } from '@temporalio/activity'
import { acceptedKey, calibrationKey, publicationKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { Canary } from '../contracts/canary.ts'
import type { FailureType } from '../contracts/errors.ts'
import type { Policy } from '../contracts/policy.ts'
import { servable } from '../contracts/servable.ts'
import { CanaryCalibration, type Publication } from '../contracts/publication.ts'
import { TrainingRecord } from '../contracts/training-record.ts'
import { canaryBound, outdatedPolicies } from '../core/loop/publication.ts'
import { holdServed } from './hold-checkpoints.ts'
import { configOf, type RunContext, type Services } from './services.ts'
import { withHeartbeat } from './with-heartbeat.ts'

const OTHER_WEIGHTS: FailureType = 'Agent0.OtherWeights'

export interface PublishPolicyInput {
  context: RunContext
  policy: Policy
  /** The `TrainingRecord` of its training step, which holds the canary. */
  record: ArtifactReference
  /** Names of policies that are still sampled from; older ones of the role are unloaded. Absent: nothing is. */
  keep?: readonly string[]
}

export interface PublishPolicyResult {
  policy: string
  /** Number of servers that have it, and the largest mean difference of their logprobs from the trainer's, nats. */
  servers: number
  canaryDifference: number | null
}

/** Loads a policy into every model server, checks with its canary that they have the right weights, and records it. */
export function publishPolicy({ models, store, trainer }: Pick<Services, 'models' | 'store' | 'trainer'>) {
  /** How far servers and trainer are apart on the base model: measured once per run, before its first publication. */
  async function calibration({ run }: RunContext, canary: Canary, differenceMax: number): Promise<number | null> {
    const stored = await store.find(calibrationKey(run))
    if (stored !== null) return (await store.getJson(CanaryCalibration, stored)).difference
    const servers = await models.compareBase(canary)
    if (servers.length === 0) return null
    const [worst] = servers.toSorted((a, b) => b.difference - a.difference)
    const { server, difference } = worst!
    // Not ">", which NaN would pass.
    if (!(difference <= differenceMax))
      throw ApplicationFailure.nonRetryable(
        `${server} has another base model than the trainer: logprobs differ by ${difference.toPrecision(3)} nats in the mean, ${differenceMax} at most`,
        OTHER_WEIGHTS,
      )
    await store.putJson(calibrationKey(run), { difference, servers } satisfies CanaryCalibration)
    return difference
  }

  async function unloadOutdated(policy: Policy, keep: readonly string[]): Promise<void> {
    const served = (await models.health()).flatMap(({ policies }) => policies.map(({ name }) => name))
    await models.unload(outdatedPolicies(policy, served, keep))
  }

  return async ({ context, policy, record, keep }: PublishPolicyInput): Promise<PublishPolicyResult> =>
    withHeartbeat(async () => {
      const { canary } = await store.getJson(TrainingRecord, record)
      const { publication: settings } = await configOf(store, context)
      const bound = canaryBound(settings, await calibration(context, canary, settings.baseDifferenceMax), canary)
      const isAccepted = (await store.find(acceptedKey(policy))) !== null
      const loaded = await models.ensurePolicy(servable(policy), { canary, bound, isAccepted })
      const servers = loaded.map(({ server, canaryDifference }) => ({ server, difference: canaryDifference! }))
      await store.putJson(publicationKey(policy), { policy: policy.name, canary, bound, servers } satisfies Publication)
      await holdServed(trainer, context.run, policy)
      if (keep !== undefined) await unloadOutdated(policy, keep)
      const canaryDifference = Math.max(...servers.map(({ difference }) => difference))
      return { policy: policy.name, servers: loaded.length, canaryDifference }
    })
}
