import type { z } from 'zod'
import type { DiskSpace } from '../alert.ts'
import type { ArtifactReference } from '../artifact-reference.ts'
import type { TableKind, TableRow } from '../table-rows.ts'

/**
 * Where a run keeps what it made. A key is an id (`contracts/ids.ts`) and a file name with an ending:
 * `tiny/iter-002/executor/step-0007/batch.parquet`. What stands under a key never changes.
 *
 * Everything throws `Infra.DiskFull` or `Infra.StoreUnavailable` where the disk fails, and may be asked again.
 */
export interface ArtifactStore {
  /**
   * Stores bytes under a key unless something stands there, and gives the reference of what then does: the first writer
   * wins, in any process. `count`: records in the bytes. `.parquet` and `.json` are kept as they are, since
   * others read them as files; anything else is compressed.
   */
  putIfAbsent(key: string, bytes: Uint8Array, count: number): Promise<ArtifactReference>
  /** What stands under a key, or null. */
  find(key: string): Promise<ArtifactReference | null>
  /** The bytes as they were stored. Throws `Agent0.Missing` if they are gone, `Agent0.Invariant` if they are others. */
  get(reference: ArtifactReference): Promise<Uint8Array>
  /** The same, piece by piece, for what may not fit into memory. It throws before the first piece. */
  pieces(reference: ArtifactReference): AsyncIterable<Uint8Array>
  /** The keys below an id, or all below `''`, in order of their text. */
  list(id: string): Promise<string[]>
  /** The absolute path of a `.parquet` or `.json` artifact, for programs that read files; its bytes are held against the digest. */
  pathOf(reference: ArtifactReference): Promise<string>
  /**
   * The journal of what will stand under the key, made if absent. Once something stands there the journal is over and
   * `agent0 gc` may take it away: so look with `find` first.
   */
  openJournal(key: string): Promise<Journal>
  /** How much room is left for artifacts; null where nothing bounds them. */
  space(): Promise<DiskSpace | null>

  /** One JSON value. */
  putJson(key: string, value: unknown): Promise<ArtifactReference>
  /** Reads it back. Throws `Agent0.Invariant` if it does not fit the schema. */
  getJson<T>(schema: z.ZodType<T>, reference: ArtifactReference): Promise<T>
  /** Records as lines of JSON; the key ends in `.jsonl`. */
  putRecords(key: string, records: readonly unknown[]): Promise<ArtifactReference>
  /** Reads them back, in order, one after another. Throws `Agent0.Invariant` with the line that does not fit. */
  readRecords<T>(schema: z.ZodType<T>, reference: ArtifactReference): AsyncIterable<T>
  /** All of them. */
  getRecords<T>(schema: z.ZodType<T>, reference: ArtifactReference): Promise<T[]>
  /**
   * Rows as Parquet; the key ends in `.parquet`. The same rows in the same order give the same bytes. A row that does not
   * fit its kind is a plain Error. Rows may be made one after another, so that a table need not fit into memory.
   */
  putTable<K extends TableKind>(
    key: string,
    kind: K,
    rows: Iterable<TableRow<K>> | AsyncIterable<TableRow<K>>,
  ): Promise<ArtifactReference>
  /** Reads them back, in order. */
  getTable<K extends TableKind>(kind: K, reference: ArtifactReference): Promise<TableRow<K>[]>
}

/**
 * A list of slots that are written once. Several attempts, in several processes, may hold the same journal: each slot
 * keeps the value of whoever wrote it first, and everybody continues with that one, so they all follow one chain.
 */
export interface Journal {
  /** Slots and their values so far. */
  entries(): ReadonlyMap<string, unknown>
  /** Writes the slot unless it is taken, and gives the value that stands in it, once that is durable. */
  putIfAbsent(slot: string, value: unknown): Promise<unknown>
  close(): Promise<void>
}
