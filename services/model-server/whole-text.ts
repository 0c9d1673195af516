/**
 * The text of all sampled tokens. A server cuts its text behind the stop text, the tokens it keeps: what the last token
 * carries beyond the stop text is put back.
 * @param text ends with the stop text
 * @param lastToken text of the last token; the stop text ends within it
 */
export function wholeText(text: string, lastToken: string): string {
  for (let length = Math.min(lastToken.length, text.length); length > 0; length--) {
    if (text.endsWith(lastToken.slice(0, length))) return text + lastToken.slice(length)
  }
  return text
}
