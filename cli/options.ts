import { InvalidArgumentError } from 'commander'

/** Parses an option that must be a whole number from 0 up. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('A whole number is needed.')
  return value
}
