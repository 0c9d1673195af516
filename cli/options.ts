import { InvalidArgumentError } from 'commander'

/** Parses an option that must be a whole number from 0 up. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('A whole number is needed.')
  return value
}

/** Parses an option that must be a whole number from 1 up. */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text)
  if (value === 0) throw new InvalidArgumentError('At least 1 is needed.')
  return value
}

/** Parses an option that must be a TCP port. */
export function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('A port is a number from 1 to 65535.')
  return port
}

/** Parses a list with commas. */
export function commaList(text: string): string[] {
  return text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]))
}

/** Gathers an option that may be repeated. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text]
}
