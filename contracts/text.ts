// Strings that leave the process. What a model, a program, a server or a person wrote may hold half a character, an escape
// sequence of a terminal, a character that turns the reading direction round, or megabytes. Each place that such a text goes to
// has its function here. Zod-free.

/** Half of a surrogate pair: protobuf, JSON parsers and file systems refuse it. */
const HALF_PAIR = /\p{Surrogate}/gu
/** C0 without tab and line feed, DEL, and C1. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** What changes the direction of reading, or breaks a line in some viewers only. */
const INVISIBLE = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
const C0_END = 0x20
const DELETE = 0x7f
/** Unicode has a picture of each control character of ASCII from here on. */
const CONTROL_PICTURES = 0x2400
const PICTURE_OF_DELETE = '\u2421'

function pictureOf(character: string): string {
  const code = character.charCodeAt(0)
  if (code < C0_END) return String.fromCharCode(CONTROL_PICTURES + code)
  if (code === DELETE) return PICTURE_OF_DELETE
  return `\\u${code.toString(16).padStart(4, '0')}`
}

/**
 * A text of which both ends stay and the middle is left out, where it is longer than `charactersMax` UTF-16 units.
 * The note in the middle counts, so that the result is never longer.
 */
export function shortened(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text
  const note = ` … ${text.length} characters in all … `
  const kept = Math.max(0, charactersMax - note.length)
  const head = text.slice(0, Math.ceil(kept / 2))
  return (head + note + text.slice(text.length - Math.floor(kept / 2))).slice(0, charactersMax)
}

/**
 * A text that any reader can be given: well-formed, at most `charactersMax` UTF-16 units, and with every control character but
 * tab and line feed as a visible mark.
 */
export function shown(text: string, charactersMax: number): string {
  // Cut before the rest, so that megabytes cost nothing, and after it, since marks are longer than what they stand for.
  const cut = shortened(text, charactersMax)
  const marked = cut
    .replaceAll('\r\n', '\n')
    .replaceAll(HALF_PAIR, '\ufffd')
    .replaceAll(CONTROL, pictureOf)
    .replaceAll(INVISIBLE, pictureOf)
  return shortened(marked, charactersMax).replaceAll(HALF_PAIR, '\ufffd')
}

/** A failure's message. Temporal refuses a message of more than 4 MB whole, and its SDK one that is not well-formed. */
export const forTemporal = (text: string) => shown(text, 2_000)

/** A stack trace: its first lines hold the message once more. */
export const forStackTrace = (text: string) => shown(text, 6_000)

/** What a terminal prints. */
export const forTerminal = (text: string) => shown(text, 500_000)

/** What stands in a page, before its markup is escaped. */
export const forPage = (text: string) => shown(text, 2_000_000)

/** A variable of a command that is run: the kernel takes no NUL, and 128 KiB at most. */
export const forCommand = (text: string) => shown(text, 8_000)

/** A sentence in Markdown: one line, in which nothing is markup. */
export function forMarkdown(text: string): string {
  const line = shown(text, 2_000).replaceAll(/\s+/g, ' ')
  return line.replaceAll('&', '&amp;').replaceAll(/[\\`*_[\]<>!#|~]/g, String.raw`\$&`)
}
