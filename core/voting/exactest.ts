const DECIMAL = /\d\.\d|(?<!\d)\.\d/
const WITH_UNIT = /[\d})]\s{0,3}(?:\\?%|\^\s?\{?\s?\\circ|°|\\(?:text|mathrm|mbox)|[a-zA-Z]{2})|\\\$\d/

const inOrder = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0)

/** Lower is more exact: no rounding, then a unit, then a short text. */
function rank(spelling: string): readonly [number, number, number] {
  return [DECIMAL.test(spelling) ? 1 : 0, WITH_UNIT.test(spelling) ? 0 : 1, spelling.length]
}

/**
 * The most exact of several spellings of one answer: a fraction before a decimal, 10 cm before 10, short before long. The
 * order of the spellings changes nothing.
 */
export function exactest(spellings: readonly string[]): string {
  const sorted = spellings.map((text) => ({ text: text.trim(), rank: rank(text.trim()) }))
  sorted.sort((one, other) => {
    const differing = one.rank.findIndex((value, index) => value !== other.rank[index])
    return differing < 0 ? inOrder(one.text, other.text) : one.rank[differing]! - other.rank[differing]!
  })
  return sorted[0]!.text
}
