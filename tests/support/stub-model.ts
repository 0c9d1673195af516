import type { Canary } from '../../contracts/canary.ts'
import type { Generation } from '../../contracts/rollout.ts'
import { seededStream } from '../../core/random/seeded-stream.ts'
import { encode } from './rollouts.ts'

/** Ends a text where a model would: the token, and the character, of the end of a sequence. */
export const END = '\u0003'

/** What a policy of the stub writes: a function of its weights (`base`, or the adapter's folder), the prompt and the seed. */
export type Writer = (weights: string, prompt: string, seed: number) => string

const ALPHABET = 'abcdefgh0123456789 \n'

/** Writes noise: other weights, prompt or seed, another text. About one text in three ends within 80 characters. */
export const noise: Writer = (weights, prompt, seed) => {
  const stream = seededStream(seed, `${weights}:${prompt}`)
  const next = () => (stream.below(200) === 0 ? END : ALPHABET[stream.below(ALPHABET.length)]!)
  return Array.from({ length: 1000 }, next).join('')
}

export interface StubRequest {
  weights: string
  promptTokenIds: readonly number[]
  temperature: number
  tokensMax: number
  stop: readonly string[]
  stopTokenIds?: readonly number[]
  seed: number
}

/** A generation as a model would make it: a token per character, cut at the first stop text, the end token or the limit. */
export function stubGeneration(write: Writer, request: StubRequest): Generation {
  const { weights, promptTokenIds, tokensMax, stop, stopTokenIds, temperature, seed } = request
  const written = write(weights, String.fromCodePoint(...promptTokenIds), temperature === 0 ? 0 : seed) + END
  const stops = stop
    .map((text) => written.indexOf(text) + text.length)
    .filter((end, index) => end >= stop[index]!.length)
  const ends = [END, ...(stopTokenIds ?? []).map((id) => String.fromCodePoint(id))].map(
    (end) => written.indexOf(end) + 1,
  )
  const endOfSequence = Math.min(...ends.filter((end) => end > 0))
  const endings = { stop_text: Math.min(...stops), end_of_sequence: endOfSequence, length: tokensMax }
  const [finish, end] = Object.entries(endings).toSorted((a, b) => a[1] - b[1])[0] as [Generation['finish'], number]
  const tokenIds = encode(written.slice(0, end))
  return {
    tokenIds,
    logprobs: tokenIds.map((id, index) => -((id * 7 + index * 3) % 50) / 10),
    text: written.slice(0, end).replace(END, ''),
    finish,
    seed,
  }
}

/** The logprob of the token at each place, as weights have it: other weights or another text before it, another number. */
export const stubScores = (weights: string, tokenIds: readonly number[], places: readonly number[]): number[] =>
  places.map((place) => -seededStream(place, `${weights}:${tokenIds.slice(0, place + 1).join()}`).below(5_000) / 1_000)

/** A canary of weights: a text that they write behind a prompt, scored by them, by their parent and by the base. */
export function stubCanary(write: Writer, weights: string, prompt: string, parent: string | null): Canary {
  const promptTokenIds = encode(prompt)
  const own = { weights, promptTokenIds, temperature: 0, tokensMax: 24, stop: [], seed: 0 }
  const tokenIds = [...promptTokenIds, ...stubGeneration(write, own).tokenIds]
  const places = tokenIds.map((_token, place) => place).slice(promptTokenIds.length)
  const scores = (whose: string) => stubScores(whose, tokenIds, places)
  return {
    rows: [
      {
        tokenIds,
        places,
        logprobs: scores(weights),
        parent: parent === null ? null : scores(parent),
        base: scores('base'),
      },
    ],
  }
}
