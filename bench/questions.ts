/** A small generator with a fixed sequence (mulberry32): the same questions on every machine. */
function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const VOCABULARY = 5000
const COPIES = 0.25

/**
 * Questions of the given length. Words follow Zipf's law over 5,000 words, so that most pairs share common words;
 * a quarter are copies of an earlier question with one to six words changed, as a policy that repeats itself writes them.
 */
export function questions(count: number, words: number, seed = 1): string[] {
  const next = uniform(seed)
  const word = () => `w${Math.floor(VOCABULARY ** next())}`
  const texts: string[][] = []
  for (let number = 0; number < count; number++) {
    const isCopy = number > 0 && next() < COPIES
    const text = isCopy ? [...texts[Math.floor(next() * number)]!] : Array.from({ length: words }, word)
    const changes = isCopy ? 1 + Math.floor(next() * 6) : 0
    for (let change = 0; change < changes; change++) text[Math.floor(next() * words)] = word()
    texts.push(text)
  }
  return texts.map((text) => text.join(' '))
}
