import { withConnection } from './with-connection.ts'

const ANSWER_TIMEOUT_MS = 2_000

/** Resolves if a Temporal server at `host:port` answers; throws the reason otherwise. */
export async function checkServer(address: string): Promise<void> {
  await withConnection(address, (connection) =>
    connection.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => connection.workflowService.getSystemInfo({})),
  )
}
