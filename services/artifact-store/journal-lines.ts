import { crc32 } from 'node:zlib'

const NEWLINE = 0x0a
const CHECKSUM_LENGTH = 8

const checksum = (text: string | Uint8Array) => crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0')

/**
 * An entry as a line with its checksum. The newline before it ends what a writer that died may have left, so that only
 * that half line is lost.
 */
export function journalLine(slot: string, value: unknown): string {
  if (value === undefined) throw new Error(`no value for ${slot}`)
  const text = JSON.stringify([slot, value])
  return `\n${checksum(text)} ${text}\n`
}

/** A whole line, with a right checksum, that is not an entry: another program wrote it, or another version of ours. */
export class NotAnEntry extends Error {
  /** Counted from 1 in the bytes that were read. */
  readonly line: number

  constructor(line: number) {
    super(`line ${line} is not an entry`)
    this.line = line
  }
}

/**
 * The whole entries in bytes of a journal, in order, and how many bytes, with how many lines, are decided: up to the last newline.
 * Throws NotAnEntry.
 */
export function readJournal(bytes: Uint8Array): {
  entries: [slot: string, value: unknown][]
  length: number
  lines: number
} {
  const entries: [string, unknown][] = []
  let [start, lines] = [0, 0]
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines++
    const line = bytes.subarray(start, end)
    const text = line.subarray(CHECKSUM_LENGTH + 1)
    const written = Buffer.from(line.subarray(0, CHECKSUM_LENGTH)).toString('latin1')
    if (text.length > 0 && written === checksum(text)) entries.push(entryIn(text) ?? notAnEntry(lines))
    start = end + 1
  }
  return { entries, length: start, lines }
}

function notAnEntry(line: number): never {
  throw new NotAnEntry(line)
}

function entryIn(text: Uint8Array): [slot: string, value: unknown] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text).toString())
    const isEntry = Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
    return isEntry ? (value as [string, unknown]) : undefined
  } catch {
    return undefined
  }
}
