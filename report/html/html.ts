import { forPage } from '../../contracts/text.ts'

/** Markup that is safe to put into a page. Only `html` and `trustedHtml` make it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Piece = string | number | Html | readonly Html[]

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function markupOf(piece: Piece): string {
  if (piece instanceof Html) return piece.text
  if (typeof piece === 'object') return piece.map(({ text }) => text).join('\n')
  return forPage(String(piece)).replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
}

/** A piece of a page. What models wrote goes in as text: nothing in it is markup, and what a browser would not show is a visible mark. */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Html {
  return new Html(strings.map((text, index) => (index === 0 ? '' : markupOf(pieces[index - 1]!)) + text).join(''))
}

/** Markup of our own making, or of a library that escapes what it was given. */
export const trustedHtml = (text: string) => new Html(text)
