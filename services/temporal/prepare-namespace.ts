import type { Connection } from '@temporalio/client'
import { searchAttributes } from '../../contracts/messages.ts'
import { withConnection } from './with-connection.ts'

/** Our own server keeps closed workflows this long; its default of one day would lose them during a run. */
const RETENTION_S = 30 * 24 * 3_600

/** temporal.api.enums.v1.IndexedValueType; the package that has it cannot be imported from ESM. */
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
 * Registers our search attributes and, on our own server, keeps closed workflows for 30 days. `agent0 up` calls it at every start, since
 * the dev server accepts both only when it creates a namespace. Idempotent.
 */
export async function prepareNamespace(address: string, namespace: string, { ownServer }: { ownServer: boolean }) {
  await withConnection(address, async (connection) => {
    await ensureSearchAttributes(connection, namespace)
    if (ownServer) await ensureRetention(connection, namespace)
  })
}
