import { rm } from 'node:fs/promises'
import type { z } from 'zod'
import type { DiskSpace } from '../../contracts/alert.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { type TableKind, type TableRow, tableRows } from '../../contracts/table-rows.ts'
import { failure } from '../failure.ts'
import type { ArtifactStore, Journal } from '../../contracts/ports/artifact-store.ts'
import { linesIn } from './lines-in.ts'
import { readParquet, type Rows, writeParquet } from './parquet.ts'

/** What does not fit about a value; undefined if nothing. */
function problemOf(schema: z.ZodType, value: unknown): string | undefined {
  const issue = schema.safeParse(value).error?.issues[0]
  return issue && `${issue.path.join('.')}: ${issue.message}`
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw failure('Agent0.Invariant', `${where} does not match its schema: ${problemOf(schema, value)}`)
}

/** JSON, records and tables on top of bytes: an adapter brings the bytes. */
export abstract class ByteStore implements ArtifactStore {
  abstract putIfAbsent(key: string, bytes: Uint8Array, count: number): Promise<ArtifactReference>
  abstract find(key: string): Promise<ArtifactReference | null>
  abstract get(reference: ArtifactReference): Promise<Uint8Array>
  abstract pieces(reference: ArtifactReference): AsyncIterable<Uint8Array>
  abstract list(id: string): Promise<string[]>
  abstract pathOf(reference: ArtifactReference): Promise<string>
  abstract openJournal(key: string): Promise<Journal>
  abstract space(): Promise<DiskSpace | null>
  /** `putIfAbsent` with the bytes of a file in the folder of `withDisk`. It may be larger than memory; the caller removes it. */
  protected abstract putFile(key: string, path: string, count: number): Promise<ArtifactReference>
  /** Runs something that reads and writes files itself, with a folder for its temporary ones, which it removes. */
  protected abstract withDisk<T>(what: string, action: (folder: string) => Promise<T>): Promise<T>

  putJson(key: string, value: unknown): Promise<ArtifactReference> {
    return this.putIfAbsent(key, Buffer.from(JSON.stringify(value)), 1)
  }

  async getJson<T>(schema: z.ZodType<T>, reference: ArtifactReference): Promise<T> {
    return parsed(schema, JSON.parse(textOf(await this.get(reference))), reference.uri)
  }

  putRecords(key: string, records: readonly unknown[]): Promise<ArtifactReference> {
    // Joined as bytes: a string ends at half a gigabyte.
    const lines = records.map((record) => Buffer.from(`${JSON.stringify(record)}\n`))
    return this.putIfAbsent(key, Buffer.concat(lines), records.length)
  }

  async *readRecords<T>(schema: z.ZodType<T>, reference: ArtifactReference): AsyncGenerator<T> {
    let line = 0
    for await (const text of linesIn(this.pieces(reference)))
      yield parsed(schema, JSON.parse(text), `${reference.uri}, line ${++line},`)
  }

  async getRecords<T>(schema: z.ZodType<T>, reference: ArtifactReference): Promise<T[]> {
    const records: T[] = []
    for await (const record of this.readRecords(schema, reference)) records.push(record)
    return records
  }

  async putTable<K extends TableKind>(key: string, kind: K, rows: Rows<K>): Promise<ArtifactReference> {
    let count = 0
    async function* checked(): AsyncGenerator<TableRow<K>> {
      for await (const row of rows) {
        // Not only a courtesy to the reader: on the way to Parquet a NaN would become a null.
        const problem = problemOf(tableRows[kind], row)
        if (problem !== undefined) throw new Error(`${key}, row ${count}: ${problem}`)
        count++
        yield row
      }
    }
    return this.withDisk(key, async (folder) => {
      const path = await writeParquet(kind, checked(), folder)
      try {
        return await this.putFile(key, path, count)
      } finally {
        await rm(path, { force: true })
      }
    })
  }

  async getTable<K extends TableKind>(kind: K, reference: ArtifactReference): Promise<TableRow<K>[]> {
    const path = await this.pathOf(reference)
    const rows = await this.withDisk(reference.uri, () => readParquet(kind, path))
    const schema = tableRows[kind] as unknown as z.ZodType<TableRow<K>>
    return rows.map((row, index) => parsed(schema, row, `${reference.uri}, row ${index},`))
  }
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
