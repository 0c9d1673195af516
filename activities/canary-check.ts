import { acceptedKeyOf } from '../contracts/artifact-keys.ts'
import { Publication } from '../contracts/publication.ts'
import type { ArtifactStore, CanaryCheck, ServablePolicy } from '../contracts/ports/index.ts'

/** What a server that has come back is held against before it serves a policy; null for one that is not published. */
export async function canaryCheck(store: ArtifactStore, { publication }: ServablePolicy): Promise<CanaryCheck | null> {
  const stored = publication === undefined ? null : await store.find(publication)
  if (publication === undefined || stored === null) return null
  const { canary, bound } = await store.getJson(Publication, stored)
  return { canary, bound, isAccepted: (await store.find(acceptedKeyOf(publication))) !== null }
}
