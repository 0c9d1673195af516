import type { Canary } from '../../contracts/canary.ts'
import type { PublicationConfig } from '../../contracts/config/publication.ts'
import type { Policy } from '../../contracts/policy.ts'

/**
 * Largest mean difference of a logprob between trainer and server that a policy's canary may have, nats.
 * @param calibrated the same of the base model; null where that could not be measured
 */
export function canaryBound(
  { canaryMultiple, canaryFloor }: PublicationConfig,
  calibrated: number | null,
  { tolerance }: Canary,
): number {
  return Math.max(canaryFloor, canaryMultiple * (calibrated ?? 0), tolerance ?? 0)
}

/** Of the policies that servers have: earlier ones of the same run and role that nobody samples from any more. */
export function outdatedPolicies(policy: Policy, served: readonly string[], keep: readonly string[]): string[] {
  const { name, version, checkpoint } = policy
  const before = name.slice(0, -`${version}-${checkpoint.slice(0, 8)}`.length)
  const isOlder = (other: string) => {
    const numbers = other.startsWith(before) ? /^(\d+)-[0-9a-f]{8}$/.exec(other.slice(before.length)) : null
    return numbers !== null && Number(numbers[1]) < version
  }
  return [...new Set(served)].filter((other) => isOlder(other) && !keep.includes(other))
}
