import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
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

/** The longest line that DuckDB is to expect; it reserves twice as much. A row of 32,768 tokens has some 2 MB. */
const ROW_BYTES_MAX = 32 << 20
/** Rows that DuckDB gathers before it writes them; it rounds up to 2,048. */
const ROW_GROUP_ROWS = 2_048

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

async function* linesOf<K extends TableKind>(rows: Rows<K>): AsyncGenerator<string> {
  for await (const row of rows) yield `${lineOf(row)}\n`
}

/**
 * Rows as the bytes of a Parquet file; the same rows give the same bytes. They go to DuckDB as JSON, a line each: filling its
 * vectors from here is a little quicker and much more code. `folder` takes the temporary files.
 */
export async function writeParquet<K extends TableKind>(kind: K, rows: Rows<K>, folder: string): Promise<Uint8Array> {
  const [lines, file] = [join(folder, `${randomUUID()}.jsonl`), join(folder, `${randomUUID()}.parquet`)]
  const columns = Object.entries(COLUMNS[kind]).map(([name, type]) => `${quoted(name)}: ${quoted(type as string)}`)
  const options = `format = 'newline_delimited', columns = {${columns.join(', ')}}, maximum_object_size = ${ROW_BYTES_MAX}`
  try {
    await pipeline(linesOf(rows), createWriteStream(lines))
    const source = `SELECT * FROM read_json(${quoted(lines)}, ${options})`
    await withDuckDb((connection) =>
      connection.run(
        `COPY (${source}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
      ),
    )
    return await readFile(file)
  } finally {
    await Promise.all([lines, file].map((path) => rm(path, { force: true })))
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
