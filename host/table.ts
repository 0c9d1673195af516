import { forTerminal } from '../contracts/text.ts'

/** Columns that a terminal shows: a mark above a letter, as in p̂, takes none. */
const widthOf = (text: string) => text.replaceAll(/\p{Mark}/gu, '').length

/** Columns that line up, two spaces apart; the first row is the heading. `isNumeric`: columns that stand to the right. */
export function table(
  rows: readonly (readonly string[])[],
  isNumeric: (column: number) => boolean = () => false,
): string {
  const shown = rows.map((row) => row.map((cell) => forTerminal(cell).replaceAll('\n', ' ')))
  const widths = shown[0]!.map((_, column) => Math.max(...shown.map((row) => widthOf(row[column]!))))
  const padded = (cell: string, column: number) => {
    const space = ' '.repeat(widths[column]! - widthOf(cell))
    return isNumeric(column) ? space + cell : cell + space
  }
  return shown.map((row) => row.map(padded).join('  ').trimEnd()).join('\n')
}
