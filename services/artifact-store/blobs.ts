import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { failure } from '../failure.ts'

const COMPRESSED = '.zst'
const URI = /^blobs\/([0-9a-f]{2})\/(\1[0-9a-f]{62})(\.zst)?$/

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

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

export const isCompressed = (uri: string) => uri.endsWith(COMPRESSED)

/** What the blob's file holds. */
export async function toBlob(uri: string, bytes: Uint8Array): Promise<Uint8Array> {
  return isCompressed(uri) ? compress(bytes) : bytes
}

/** The artifact in a blob's file; a refusal if it is not the one that was stored. */
export async function fromBlob({ uri, sha256 }: ArtifactReference, stored: Uint8Array): Promise<Uint8Array> {
  const bytes = isCompressed(uri) ? await decompress(stored).catch(() => undefined) : stored
  if (bytes !== undefined && sha256Of(bytes) === sha256) return bytes
  throw failure('Agent0.Invariant', `${uri} is corrupted: checksum mismatch. ${TO_MEND}`)
}

/** A refusal: the blob is not there. */
export function missingBlob(uri: string) {
  return failure('Agent0.Missing', `${uri} is gone from the store. ${TO_MEND}`)
}

const TO_MEND = 'Bring the file back from a copy of the store, or retry the stage that made it under another run.'
