import type { z } from 'zod'
import type { DiskSpace } from '../../contracts/alert.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { type TableKind, type TableRow, tableRows } from '../../contracts/table-rows.ts'
import { failure } from '../failure.ts'
import type { ArtifactStore, Journal } from '../../contracts/ports/artifact-store.ts'
import { readParquet, writeParquet } from './parquet.ts'

/** What does not fit about a value; undefined if nothing. */
function problemOf(schema: z.ZodType, value: unknown): string | undefined {
  const issue = schema.safeParse(value).error?.issues[0]
  return issue && `${issue.path.join('.')}: ${issue.message}`
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw failure('Agent0.Invariant', `${where} does not fit what reads it: ${problemOf(schema, value)}`)
}

/** JSON, records and tables on top of bytes: an adapter brings the bytes. */
export abstract class ByteStore implements ArtifactStore {
  abstract putIfAbsent(key: string, bytes: Uint8Array, count: number): Promise<ArtifactReference>
  abstract find(key: string): Promise<ArtifactReference | null>
  abstract get(reference: ArtifactReference): Promise<Uint8Array>
  abstract list(id: string): Promise<string[]>
  abstract pathOf(reference: ArtifactReference): Promise<string>
  abstract openJournal(key: string): Promise<Journal>
  abstract space(): Promise<DiskSpace | null>
  /** Runs something that reads and writes files itself, with a folder for its temporary ones, which it removes. */
  protected abstract withDisk<T>(what: string, action: (folder: string) => Promise<T>): Promise<T>

  putJson(key: string, value: unknown): Promise<ArtifactReference> {
    return this.putIfAbsent(key, Buffer.from(JSON.stringify(value)), 1)
  }

  async getJson<T>(schema: z.ZodType<T>, reference: ArtifactReference): Promise<T> {
    return parsed(schema, JSON.parse(textOf(await this.get(reference))), reference.uri)
  }

  putRecords(key: string, records: readonly unknown[]): Promise<ArtifactReference> {
    const lines = records.map((record) => `${JSON.stringify(record)}\n`)
    return this.putIfAbsent(key, Buffer.from(lines.join('')), records.length)
  }

  async getRecords<T>(schema: z.ZodType<T>, reference: ArtifactReference): Promise<T[]> {
    const lines = textOf(await this.get(reference))
      .split('\n')
      .slice(0, -1)
    return lines.map((line, index) => parsed(schema, JSON.parse(line), `${reference.uri}, line ${index + 1},`))
  }

  async putTable<K extends TableKind>(key: string, kind: K, rows: readonly TableRow<K>[]): Promise<ArtifactReference> {
    // Not only a courtesy to the reader: on the way to Parquet a NaN would become a null.
    for (const [index, row] of rows.entries()) {
      const problem = problemOf(tableRows[kind], row)
      if (problem !== undefined) throw new Error(`${key}, row ${index}: ${problem}`)
    }
    const bytes = await this.withDisk(key, (folder) => writeParquet(kind, rows, folder))
    return this.putIfAbsent(key, bytes, rows.length)
  }

  async getTable<K extends TableKind>(kind: K, reference: ArtifactReference): Promise<TableRow<K>[]> {
    const path = await this.pathOf(reference)
    const rows = await this.withDisk(reference.uri, () => readParquet(kind, path))
    const schema = tableRows[kind] as unknown as z.ZodType<TableRow<K>>
    return rows.map((row, index) => parsed(schema, row, `${reference.uri}, row ${index},`))
  }
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
