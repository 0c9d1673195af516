import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline as throughAll, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createZstdDecompress, zstdCompress, zstdDecompress } from 'node:zlib'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { failure } from '../failure.ts'

const COMPRESSED = '.zst'
const URI = /^blobs\/([0-9a-f]{2})\/(\1[0-9a-f]{62})(\.zst)?$/

/** The largest artifact, bytes: what Node reads of a file at most. */
export const ARTIFACT_BYTES_MAX = 2 ** 31 - 1
/** Of content whose digest is not known yet, no more is in memory: a spoilt blob of kilobytes may hold gigabytes of zeros. */
const UNCHECKED_BYTES_MAX = 64 << 20

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Where bytes with this digest lie, relative to the store. */
export function blobUri(sha256: string, asFile: boolean): string {
  return `blobs/${sha256.slice(0, 2)}/${sha256}${asFile ? '' : COMPRESSED}`
}

/** The digest in a blob's uri; undefined if it is not a blob's uri. */
export function digestInUri(uri: string): string | undefined {
  return URI.exec(uri)?.[2]
}

/** The reference's uri, checked: a reference cannot point out of the store. */
export function checkedUri({ uri, sha256 }: ArtifactReference): string {
  if (digestInUri(uri) !== sha256)
    throw failure('Agent0.Invariant', `"${uri}" is not an artifact with digest ${sha256}`)
  return uri
}

/** Where a collector puts a blob while it decides whether it may go. */
export const takenPlace = (uri: string) => `tmp/${basename(uri)}`

/** The blob that a collector has put there; undefined for another temporary file. */
export function takenBlob(name: string): string | undefined {
  const uri = `blobs/${name.slice(0, 2)}/${name}`
  return digestInUri(uri) === undefined ? undefined : uri
}

export const isCompressed = (uri: string) => uri.endsWith(COMPRESSED)

/** What the blob's file holds. */
export async function toBlob(uri: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length > ARTIFACT_BYTES_MAX) throw new Error(`${uri}: ${bytes.length} bytes, ${ARTIFACT_BYTES_MAX} at most`)
  return isCompressed(uri) ? compress(bytes) : bytes
}

/** What a blob's place holds: a file. */
export interface Stored {
  /** Bytes. */
  size: number
  whole: () => Promise<Uint8Array>
  inPieces: () => Readable
}

export async function storedIn(file: FileHandle): Promise<Stored> {
  const inPieces = () => file.createReadStream({ start: 0, autoClose: false })
  return { size: (await file.stat()).size, whole: () => file.readFile(), inPieces }
}

/** The artifact in a blob; a refusal if it is not the one that was stored. */
export async function fromBlob(reference: ArtifactReference, stored: Stored): Promise<Uint8Array> {
  const bytes = (await smallContent(reference, stored)) ?? (await largeContent(reference, stored))
  if (bytes !== undefined && sha256Of(bytes) === reference.sha256) return bytes
  throw corrupted(reference.uri)
}

const corrupted = (uri: string) => failure('Agent0.Invariant', `${uri} is corrupted: checksum mismatch. ${TO_MEND}`)

/**
 * The artifact in a blob, piece by piece, so that its size is nobody's concern; a refusal before the first piece if it is not the one that
 * was stored. It is read twice.
 */
export async function* piecesFromBlob({ uri, sha256 }: ArtifactReference, stored: Stored): AsyncGenerator<Uint8Array> {
  if ((await checkedLength(uri, sha256, stored)) === undefined) throw corrupted(uri)
  const pieces = isCompressed(uri)
    ? throughAll(stored.inPieces(), createZstdDecompress(), () => undefined)
    : stored.inPieces()
  for await (const piece of pieces) yield piece as Uint8Array
}

/** The length of content that has this digest; undefined if it has not, or cannot be read. */
async function checkedLength(uri: string, sha256: string, stored: Stored): Promise<number | undefined> {
  const hash = createHash('sha256')
  let length = 0
  const isWhole = await eachPiece(stored, isCompressed(uri), (piece) => {
    length += piece.length
    hash.update(piece)
    return !isCompressed(uri) || length <= ARTIFACT_BYTES_MAX
  })
  return isWhole && hash.digest('hex') === sha256 ? length : undefined
}

/** The content, still to be checked, where it is small; undefined where it is large, or cannot be read. */
async function smallContent({ uri }: ArtifactReference, stored: Stored): Promise<Uint8Array | undefined> {
  if (stored.size > UNCHECKED_BYTES_MAX) return undefined
  const bytes = await stored.whole()
  return isCompressed(uri) ? decompress(bytes, { maxOutputLength: UNCHECKED_BYTES_MAX }).catch(() => undefined) : bytes
}

/** The content of any length, which is held only after a first pass has found its digest right. */
async function largeContent({ uri, sha256 }: ArtifactReference, stored: Stored): Promise<Uint8Array | undefined> {
  if (stored.size > ARTIFACT_BYTES_MAX) return undefined
  const length = await checkedLength(uri, sha256, stored)
  if (length === undefined) return undefined
  const bytes = new Uint8Array(length)
  let filled = 0
  await eachPiece(stored, isCompressed(uri), (piece) => {
    bytes.set(piece, filled)
    filled += piece.length
    return true
  })
  return bytes
}

/** Gives the content piece by piece until `take` says no; false where it did, or where the content cannot be read. */
async function eachPiece(
  { inPieces }: Stored,
  compressed: boolean,
  take: (piece: Uint8Array) => boolean,
): Promise<boolean> {
  const taken = async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) if (!take(piece)) throw new Error('enough')
  }
  try {
    await (compressed ? pipeline(inPieces(), createZstdDecompress(), taken) : pipeline(inPieces(), taken))
    return true
  } catch (error) {
    // What the disk does wrong is not the content's fault.
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error
    return false
  }
}

/** A refusal: the blob is not there. */
export function missingBlob(uri: string) {
  return failure('Agent0.Missing', `${uri} is gone from the store. ${TO_MEND}`)
}

const TO_MEND = 'Bring the file back from a copy of the store, or retry the stage that made it under another run.'
