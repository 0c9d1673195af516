import { Client, type ConnectionLike } from '@temporalio/client'
import { pastWorkflow } from './past-workflow.ts'
import { isNotFound, workflowIdOf } from './run-client.ts'
import type { Histories } from '../../contracts/ports/index.ts'

/** A stage's histories, read page by page. */
const READ_WITHIN_MS = 60_000

/** What the server at the other end of a connection remembers of a namespace. `onProblem` hears why something cannot be read. */
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
        // What a run is measured by must not hold it up.
        if (!isNotFound(error)) onProblem(`the histories of ${stage} cannot be read: ${(error as Error).message}`)
        return null
      }
    },
  }
}
