import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TableKind, TableRow } from '../../contracts/table-rows.ts'

/** Fields and DuckDB types, in the order of the file's columns. */
const COLUMNS: { [K in TableKind]: Record<keyof TableRow<K>, string> } = {
  training: {
    group: 'VARCHAR',
    sample: 'INTEGER',
    tokenIds: 'INTEGER[]',
    mask: 'TINYINT[]',
    serverLogprobs: 'DOUBLE[]',
    policy: 'VARCHAR',
    temperature: 'DOUBLE',
    advantage: 'DOUBLE',
    clipLow: 'DOUBLE',
    clipHigh: 'DOUBLE',
    pHat: 'DOUBLE',
  },
  trajectories: {
    id: 'VARCHAR',
    policy: 'VARCHAR',
    promptTokenIds: 'INTEGER[]',
    responseTokenIds: 'INTEGER[]',
    responseMask: 'TINYINT[]',
    responseLogprobs: 'DOUBLE[]',
    turns: 'JSON',
    ending: 'VARCHAR',
    answer: 'VARCHAR',
  },
  metrics: { id: 'VARCHAR', name: 'VARCHAR', value: 'DOUBLE' },
}

/** Bytes of JSON in one file for DuckDB, which reads a file at once: that is what bounds its memory, whatever a table holds. */
const PART_BYTES = 2 << 20
/** What DuckDB gathers before it writes it: so many rows, or rows of so many bytes of JSON. */
const ROW_GROUP_ROWS = 2_048
const ROW_GROUP_BYTES = 8 << 20
/** DuckDB reserves twice the longest line that it is to expect. */
const LINE_BYTES_MIN = 1 << 20
/** Lines that go to the disk together. */
const WRITE_BYTES = 1 << 20

let instance: Promise<DuckDBInstance> | undefined

/** One thread, so that the same rows give the same bytes; no files but those it is told of. */
async function openDuckDb(): Promise<DuckDBInstance> {
  // Most processes that open a store write no table, and its library has 68 MB.
  const duckDb = await import('@duckdb/node-api')
  return duckDb.DuckDBInstance.create(':memory:', {
    threads: '1',
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
}

/** One DuckDB for the process, a connection for each use. */
async function withDuckDb<T>(action: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  instance ??= openDuckDb()
  const connection = await (await instance).connect()
  try {
    return await action(connection)
  } finally {
    connection.closeSync()
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** A row as a line of JSON. Parquet refuses half a surrogate pair, so it becomes U+FFFD. */
function lineOf(row: object): string {
  const line = JSON.stringify(row)
  if (!line.includes(String.raw`\ud`)) return line
  return JSON.stringify(row, (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(/\p{Surrogate}/gu, '\uFFFD') : value,
  )
}

/** Rows that are in memory, or are made one after another: a table of a whole shard need not fit into one string, or into memory. */
export type Rows<K extends TableKind> = Iterable<TableRow<K>> | AsyncIterable<TableRow<K>>

/** Lines of JSON in files, in order. */
interface Parts {
  files: string[]
  rows: number
  bytes: number
  longest: number
}

/** Writes rows as they come, a line of JSON each, to files of `PART_BYTES` or one row. No more than `WRITE_BYTES` and a row wait in memory. */
async function writeParts<K extends TableKind>(rows: Rows<K>, name: () => string, parts: Parts): Promise<void> {
  let file: FileHandle | undefined
  let [waiting, waitingBytes, partBytes]: [Buffer[], number, number] = [[], 0, 0]
  const flush = async () => {
    await file?.writeFile(Buffer.concat(waiting))
    ;[waiting, waitingBytes] = [[], 0]
  }
  const begin = async () => {
    await flush()
    await file?.close()
    parts.files.push(name())
    file = await open(parts.files.at(-1)!, 'wx')
    partBytes = 0
  }
  try {
    await begin()
    for await (const row of rows) {
      const line = Buffer.from(`${lineOf(row)}\n`)
      if (partBytes > 0 && partBytes + line.length > PART_BYTES) await begin()
      waiting.push(line)
      parts.rows++
      parts.bytes += line.length
      parts.longest = Math.max(parts.longest, line.length)
      partBytes += line.length
      if ((waitingBytes += line.length) >= WRITE_BYTES) await flush()
    }
    await flush()
  } finally {
    await file?.close()
  }
}

/** DuckDB's command for a table out of such files. */
function copyCommand(kind: TableKind, { files, rows, bytes, longest }: Parts, target: string): string {
  const columns = Object.entries(COLUMNS[kind]).map(([name, type]) => `${quoted(name)}: ${quoted(type as string)}`)
  const options = `format = 'newline_delimited', columns = {${columns.join(', ')}}, maximum_object_size = ${Math.max(longest, LINE_BYTES_MIN)}`
  const source = `SELECT * FROM read_json([${files.map(quoted).join(', ')}], ${options})`
  const group = bytes <= ROW_GROUP_BYTES ? ROW_GROUP_ROWS : Math.ceil((rows * ROW_GROUP_BYTES) / bytes)
  return `COPY (${source}) TO ${quoted(target)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${Math.min(ROW_GROUP_ROWS, group)})`
}

/**
 * Writes rows as a Parquet file into `folder` and gives its path; the same rows give the same bytes. They go to DuckDB as JSON, a line
 * each: filling its vectors from here is a little quicker and much more code. Whatever else it writes there it removes.
 */
export async function writeParquet<K extends TableKind>(kind: K, rows: Rows<K>, folder: string): Promise<string> {
  const parts: Parts = { files: [], rows: 0, bytes: 0, longest: 0 }
  const target = join(folder, `${randomUUID()}.parquet`)
  try {
    await writeParts(rows, () => join(folder, `${randomUUID()}.jsonl`), parts)
    await withDuckDb((connection) => connection.run(copyCommand(kind, parts, target)))
    return target
  } catch (error) {
    await rm(target, { force: true })
    throw error
  } finally {
    await Promise.all(parts.files.map((path) => rm(path, { force: true })))
  }
}

/** The rows of such a file, in its order; whether they fit the kind is the caller's to check. */
export async function readParquet(kind: TableKind, path: string): Promise<Record<string, unknown>[]> {
  const reader = await withDuckDb((connection) =>
    connection.runAndReadAll(`SELECT * FROM read_parquet(${quoted(path)})`),
  )
  const nested = Object.entries(COLUMNS[kind]).flatMap(([name, type]) => (type === 'JSON' ? [name] : []))
  return reader.getRowObjectsJS().map((row) => {
    for (const name of nested) row[name] = JSON.parse(row[name] as string) as never
    return row
  })
}
