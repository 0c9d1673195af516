import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import type { EvolutionState } from '../../contracts/evolution-state.ts'
import type { RunId } from '../../contracts/ids.ts'
import type { Policy } from '../../contracts/policy.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import { recipes } from '../recipes/index.ts'

/** The chain of training steps of a role. */
export const lineageOf = (run: RunId, role: string): string => `${run}-${role}`

/** A role's policy after `version` steps of its lineage; at version 0 the base model, which every server has loaded. */
export function namedPolicy(
  run: RunId,
  role: string,
  version: number,
  checkpointDigest: string,
  checkpointDir: string | null,
): Policy {
  const name = `${run}-${role}-v${version}-${checkpointDigest.slice(0, 8)}`
  return { name, role, version, checkpoint: checkpointDigest, uri: checkpointDir }
}

/** A run before anything has happened. */
export function firstState(run: RunId, config: RunConfig, base: string): EvolutionState {
  const { roles } = recipes[config.recipe]
  return {
    iteration: 0,
    policies: Object.fromEntries(roles.map((role) => [role, namedPolicy(run, role, 0, base, null)])),
    frozen: null,
    archive: [],
    sampledTokens: 0,
  }
}

/** What a stage changes for those behind it. */
export type StageEffect =
  /** `unpublished`: the policy of a later step that was trained and never published. */
  | { kind: 'trained'; role: string; policy: Policy; sampledTokens: number; unpublished?: Policy }
  | { kind: 'curated'; tasks: ArtifactReference; sampledTokens: number }
  | { kind: 'evaluated'; sampledTokens: number }

/** Steps of a role's lineage so far, with those that were set aside, and the head if it was. */
export function lineageStart(
  { policies, setAside }: EvolutionState,
  role: string,
): { steps: number; setAside: string | undefined } {
  const head = setAside?.[role]
  return { steps: head?.step ?? policies[role]!.version, setAside: head?.checkpoint }
}

/** Notes the head that a stage leaves unpublished. One that was noted before ends with the next step that is published. */
function withSetAside(
  { setAside, ...state }: EvolutionState,
  role: string,
  { policy, unpublished }: { policy: Policy; unpublished?: Policy },
): EvolutionState {
  const head = unpublished === undefined ? undefined : { step: unpublished.version, checkpoint: unpublished.checkpoint }
  const former = setAside?.[role]
  const now = head ?? (former !== undefined && former.step > policy.version ? former : undefined)
  const { [role]: _former, ...others } = setAside ?? {}
  const all = now === undefined ? others : { ...others, [role]: now }
  return Object.keys(all).length === 0 ? state : { ...state, setAside: all }
}

/** The state after a stage of the iteration under way. */
export function afterStage(state: EvolutionState, effect: StageEffect): EvolutionState {
  const counted = { ...state, sampledTokens: state.sampledTokens + effect.sampledTokens }
  switch (effect.kind) {
    case 'trained':
      return {
        ...withSetAside(counted, effect.role, effect),
        policies: { ...state.policies, [effect.role]: effect.policy },
      }
    case 'curated':
      return { ...counted, archive: [...state.archive, effect.tasks] }
    case 'evaluated':
      return counted
  }
}

/** The state that the next iteration begins with. At the end of iteration 1 the evaluated role's policy is kept as the frozen one. */
export function afterIteration(state: EvolutionState, evaluatedRole: string): EvolutionState {
  const frozen = state.frozen ?? (state.iteration >= 1 ? (state.policies[evaluatedRole] ?? null) : null)
  return { ...state, iteration: state.iteration + 1, frozen }
}
