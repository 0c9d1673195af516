import { Client, type ConnectionLike } from '@temporalio/client'
import { pastWorkflow } from './past-workflow.ts'
import { isNotFound, workflowIdOf } from './run-client.ts'
import type { Histories } from '../../contracts/ports/index.ts'

/** For all histories of a stage, read page by page. */
const READ_WITHIN_MS = 60_000

/** Reads histories of a namespace. `onProblem` is called with the reason if one cannot be read. */
export function openHistories(
  connection: ConnectionLike,
  namespace: string,
  onProblem: (problem: string) => void,
): Histories {
  const client = new Client({ connection, namespace })
  return {
    ofStage: async (stage) => {
      try {
        return await client.withDeadline(Date.now() + READ_WITHIN_MS, () => pastWorkflow(client, workflowIdOf(stage)))
      } catch (error) {
        // A problem with measuring a run must not stop it.
        if (!isNotFound(error)) onProblem(`the histories of ${stage} cannot be read: ${(error as Error).message}`)
        return null
      }
    },
  }
}
