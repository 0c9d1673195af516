import { Client, type ConnectionLike } from '@temporalio/client'
import { pastWorkflow } from '../temporal/past-workflow.ts'
import { isNotFound, workflowIdOf } from '../temporal/run-client.ts'
import type { Histories } from './ports.ts'

/** What the server at the other end of a connection remembers of a namespace. */
export function openHistories(connection: ConnectionLike, namespace: string): Histories {
  const client = new Client({ connection, namespace })
  return {
    ofStage: async (stage) => {
      try {
        return await pastWorkflow(client, workflowIdOf(stage))
      } catch (error) {
        if (isNotFound(error)) return null
        throw error
      }
    },
  }
}
