/** A closed fence of kind `python` or `output`, or one that the text ends in before it closes. */
export interface FencedBlock {
  kind: 'python' | 'output'
  /** What stands between the fence lines, without the last line end. */
  body: string
  closed: boolean
  /** Offset of the opening fence in the text. */
  start: number
  /** Offset behind the closing fence line, its line end excluded. */
  end: number
}

/**
 * The fence that opens a program may stand behind other words of its line. A closing fence begins a line or ends one: the
 * loop's own stands alone, other writers' need not, and an answer behind it must not be lost in the block.
 */
const OPENING = /```(python|output)[ \t\r]*\n/g
const CLOSING = /^[ \t]*`{3,}(?![\w`])|(?<!`)`{3,}[ \t\r]*$/gm

/** The blocks of a text, in order. A fence of another kind is prose. Linear in time. */
export function fencedBlocks(text: string): FencedBlock[] {
  const blocks: FencedBlock[] = []
  const opening = new RegExp(OPENING)
  const closing = new RegExp(CLOSING)
  for (let open = opening.exec(text); open !== null; open = opening.exec(text)) {
    closing.lastIndex = opening.lastIndex
    const close = closing.exec(text)
    const end = close === null ? text.length : closing.lastIndex
    const body = text.slice(opening.lastIndex, close?.index ?? end).replace(/\n$/, '')
    blocks.push({ kind: open[1] as FencedBlock['kind'], body, closed: close !== null, start: open.index, end })
    opening.lastIndex = end
  }
  return blocks
}
