/** Columns that a terminal shows: a mark above a letter, as in p̂, takes none. */
const widthOf = (text: string) => text.replaceAll(/\p{Mark}/gu, '').length

/** Columns that line up, two spaces apart; the first row is the heading. `isNumeric`: columns that stand to the right. */
export function table(
  rows: readonly (readonly string[])[],
  isNumeric: (column: number) => boolean = () => false,
): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column]!))))
  const padded = (cell: string, column: number) => {
    const space = ' '.repeat(widths[column]! - widthOf(cell))
    return isNumeric(column) ? space + cell : cell + space
  }
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n')
}

/** A time span in two units at most: `4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function timeSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000))
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600), Math.floor(seconds / 86_400)]
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours} h ${minutes % 60} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
