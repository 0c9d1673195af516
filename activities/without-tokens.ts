import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { ArtifactStore } from '../contracts/ports/index.ts'
import { Proposal } from '../contracts/task.ts'

/**
 * Proposals of several files, in order, without their texts and tokens: a pool of the paper's size has 8,000 of up to 4,096 tokens each,
 * which do not fit into memory together.
 */
export async function withoutTokens(
  store: ArtifactStore,
  references: readonly ArtifactReference[],
): Promise<Pick<Proposal, 'id' | 'parsed'>[]> {
  const proposals: Pick<Proposal, 'id' | 'parsed'>[] = []
  for (const reference of references)
    for await (const { id, parsed } of store.readRecords(Proposal, reference)) proposals.push({ id, parsed })
  return proposals
}
