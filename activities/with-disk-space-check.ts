import { ApplicationFailure } from '@temporalio/activity'
import type { FailureType } from '../contracts/errors.ts'
import type { ArtifactStore, ModelServer } from '../contracts/ports/index.ts'

const DISK_FULL: FailureType = 'Infra.DiskFull'
/** What the tasks of one machine write between two looks at the disk, and a little more. */
const FREE_MIN_BYTES = 16 << 20

/**
 * Model servers that are asked for nothing whose answer may find no room. A full disk so costs the turns that were under way,
 * and not the same turns again with every retry.
 */
export function withDiskSpaceCheck(models: ModelServer, store: Pick<ArtifactStore, 'space'>): ModelServer {
  return {
    generate: async (request) => {
      const space = await store.space()
      if (space !== null && space.free < FREE_MIN_BYTES) {
        const advice = 'make room (agent0 gc shows what may go), then the run goes on by itself'
        const message = `nothing more is sampled: the disk of ${space.folder} is full: ${advice}`
        throw ApplicationFailure.create({ type: DISK_FULL, message })
      }
      return models.generate(request)
    },
    ensurePolicy: (policy, canary) => models.ensurePolicy(policy, canary),
    health: () => models.health(),
    close: () => models.close(),
  }
}
