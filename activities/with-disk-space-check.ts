import { ApplicationFailure } from '@temporalio/activity'
import type { FailureType } from '../contracts/errors.ts'
import type { ArtifactStore, ModelServer } from '../contracts/ports/index.ts'

const DISK_FULL: FailureType = 'Infra.DiskFull'
/** More than the tasks of one machine write between two checks. */
const FREE_MIN_BYTES = 16 << 20

/**
 * Model servers that sample nothing while the store's disk is nearly full. So a full disk costs the turns that were running, and not the
 * same turns again with each retry.
 */
export function withDiskSpaceCheck(models: ModelServer, store: Pick<ArtifactStore, 'space'>): ModelServer {
  return {
    generate: async (request) => {
      const space = await store.space()
      if (space !== null && space.free < FREE_MIN_BYTES) {
        const message = `sampling paused: the disk holding ${space.folder} is full`
        throw ApplicationFailure.create({ type: DISK_FULL, message })
      }
      return models.generate(request)
    },
    ensurePolicy: (policy, check) => models.ensurePolicy(policy, check),
    compareBase: (canary) => models.compareBase(canary),
    unload: (names) => models.unload(names),
    health: () => models.health(),
    close: () => models.close(),
  }
}
