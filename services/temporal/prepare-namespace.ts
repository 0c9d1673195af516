import type { Connection } from '@temporalio/client'
import { searchAttributes } from '../../contracts/messages.ts'
import { withConnection } from './with-connection.ts'

/** A server of our own keeps closed workflows this long; its default of one day loses them in mid-run. */
const RETENTION_S = 30 * 24 * 3_600

/** temporal.api.enums.v1.IndexedValueType; the package that names them is no module that we can import from ESM. */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, INT: 3, DOUBLE: 4 } as const

async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  const missing = Object.values(searchAttributes).filter(({ name }) => !(name in (customAttributes ?? {})))
  if (missing.length === 0) return
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type]])),
  })
}

async function ensureRetention(connection: Connection, namespace: string): Promise<void> {
  const { default: Long } = await import('long')
  const workflowExecutionRetentionTtl = { seconds: Long.fromNumber(RETENTION_S) }
  await connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } })
}

/**
 * Makes the server know our search attributes and, on a server of our own, keep closed workflows for 30 days. The dev
 * server takes both only when it makes its namespace, so this is done at every start. Idempotent.
 */
export async function prepareNamespace(address: string, namespace: string, { ownServer }: { ownServer: boolean }) {
  await withConnection(address, async (connection) => {
    await ensureSearchAttributes(connection, namespace)
    if (ownServer) await ensureRetention(connection, namespace)
  })
}
