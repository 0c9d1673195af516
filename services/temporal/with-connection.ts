import type { Connection } from '@temporalio/client'

const CONNECT_TIMEOUT_MS = 2_000

/** Calls `use` with a connection to the Temporal server at `host:port`, and closes it. Throws if there is no server. */
export async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  // Loaded on demand: the client takes a quarter of a second, which `agent0 ps` does not need.
  const { Connection } = await import('@temporalio/client')
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS })
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}
