import type { EvolutionState } from '../contracts/evolution-state.ts'
import type { RunId } from '../contracts/ids.ts'
import type { Policy } from '../contracts/policy.ts'
import type { Trainer } from '../contracts/ports/index.ts'

/** Checkpoints of policies; the base model is none. */
const checkpointsOf = (policies: readonly (Policy | null)[]): string[] => [
  ...new Set(policies.flatMap((policy) => (policy === null || policy.uri === null ? [] : [policy.checkpoint]))),
]

/** Who needs checkpoints for a run, by what for. Pins of the trainer are named so. */
const holders = {
  start: (run: RunId) => `${run}.start`,
  served: (run: RunId, role: string) => `${run}.served.${role}`,
  reference: (run: RunId, role: string) => `${run}.reference.${role}`,
}

type Holding = Pick<Trainer, 'hold'>

/** What an iteration begins with: every role's policy, from which it is trained and which its KL may refer to, and the frozen one. */
export const holdStart = (trainer: Holding, run: RunId, { policies, frozen }: EvolutionState): Promise<void> =>
  trainer.hold(holders.start(run), checkpointsOf([...Object.values(policies), frozen]))

/** What model servers may read from now on, also one that comes back. The one before is let go: call it when all have the new one. */
export const holdServed = (trainer: Holding, run: RunId, policy: Policy): Promise<void> =>
  trainer.hold(holders.served(run, policy.role), checkpointsOf([policy]))

/** What the KL penalty of a role's steps refers to; null for the base model, or without a penalty. */
export const holdReference = (trainer: Holding, run: RunId, role: string, checkpoint: string | null): Promise<void> =>
  trainer.hold(holders.reference(run, role), checkpoint === null ? [] : [checkpoint])

export interface ReleaseCheckpointsInput {
  run: RunId
  roles: readonly string[]
}

/** Lets go what a finished run has held. Its recorded iterations still keep the policies at their ends. */
export function releaseCheckpoints({ trainer }: { trainer: Holding }) {
  return async ({ run, roles }: ReleaseCheckpointsInput): Promise<void> => {
    const perRole = roles.flatMap((role) => [holders.served(run, role), holders.reference(run, role)])
    for (const holder of [holders.start(run), ...perRole]) await trainer.hold(holder, [])
  }
}
