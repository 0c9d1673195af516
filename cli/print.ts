import { forTerminal } from '../contracts/text.ts'

// All that the commands print goes through here: what models, programs, servers and files wrote must not move the cursor, change the
// window's title or write the clipboard. tests/house/words.test.ts keeps console out of the rest of cli/.

/** One text and a line end, on standard output. */
export function print(text: string): void {
  console.log(forTerminal(text))
}

/** The same, on standard error. */
export function printError(text: string): void {
  console.error(forTerminal(text))
}

/** A value for programs to read: JSON, in which control characters of ASCII are escaped already. */
export function printJson(value: unknown, indent?: number): void {
  console.log(JSON.stringify(value, null, indent))
}

/** Bytes of a program as they are, where another program reads them; marked as every other text where a person does. */
export function printStream(stream: NodeJS.WriteStream, text: string): void {
  stream.write(stream.isTTY ? forTerminal(text) : text)
}
