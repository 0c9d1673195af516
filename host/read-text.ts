/** What a fetched answer is read from: Node's `Response` and undici's alike. */
interface Answer {
  body: AsyncIterable<Uint8Array> | null
}

/** An answer that is longer than its reader takes. */
export class AnswerTooLong extends Error {}

/**
 * The text of an answer, read in pieces: one that is longer than `bytesMax` throws AnswerTooLong and costs no
 * memory beyond that.
 */
export async function readText({ body }: Answer, bytesMax: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body ?? []) {
    bytes += piece.length
    if (bytes > bytesMax) throw new AnswerTooLong(`the answer has more than ${bytesMax} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
