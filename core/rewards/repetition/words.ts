// What Python's str.isspace holds for space: Unicode's White_Space and the four ASCII separators 0x1c to 0x1f, which
// JavaScript's \s lacks; \s would also split at U+FEFF, where Python does not.
const SPACES = new RegExp(`[\\p{White_Space}${String.fromCharCode(0x1c)}-${String.fromCharCode(0x1f)}]+`, 'u')

/** The words of a text, as Python's `str.split()` gives them: maximal runs without white space; none for a blank text. */
export function words(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== '')
}
