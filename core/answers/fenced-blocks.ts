import { type Closing, closingIn, type FenceKind, type FenceReading, type Opening } from './fence-lines.ts'
import { openingIn, quoteAfter } from './fence-lines.ts'

/** A fenced block, or one that the text ends in before it closes. */
export interface FencedBlock {
  kind: FenceKind
  /** As written, in lower case; empty if there is none. */
  label: string
  /** What stands between the fence lines, without the last line end. */
  body: string
  closed: boolean
  /** Whether its closing fence stands in a string of the program, so that the program may go on behind it. */
  closedInString: boolean
  /** Offset of the opening fence in the text. */
  start: number
  /** Offset behind the closing fence, its line end excluded. */
  end: number
}

/** Times that a block is looked through to the end of the text for nothing. More would make the time quadratic. */
const VAIN_LOOKS_MAX = 8

/** Offset of a line, and of the next one. */
const lineAt = (text: string, start: number) => {
  const end = text.indexOf('\n', start)
  return end < 0 ? { line: text.slice(start), next: text.length } : { line: text.slice(start, end), next: end + 1 }
}

interface Close {
  /** Offset of the line that closes, and the fence in it. */
  line: number
  fence: Closing
  inString: boolean
}

/** A body without the indentation of its fence, as in a list, if every line has it. */
function outdented(body: string, indent: number): string {
  if (indent === 0 || body === '') return body
  const margin = ' '.repeat(indent)
  const lines = body.split('\n')
  const has = lines.every((line) => line.startsWith(margin) || line.trim() === '')
  return has ? lines.map((line) => line.slice(indent)).join('\n') : body
}

const isProgramFence = (line: string, reading: FenceReading) => openingIn(line, reading)?.kind === 'python'

/** Whether a line opens an `output` block or a program. */
function opensWork(line: string, reading: FenceReading): boolean {
  const kind = openingIn(line, reading)?.kind
  return kind === 'python' || kind === 'output'
}

/** A program is over where its output begins, closed or not. */
const NO_FENCE: Closing = { at: 0, end: 0, sign: '', length: 0 }

/**
 * Where a block closes: at the first closing fence that stands in no string and, for an output, is like the opening one and no shorter. If
 * there is none, the first closing fence of any kind counts.
 */
function closeOf(text: string, from: number, opening: Opening, reading: FenceReading, mayLook: boolean): Close | null {
  const isProgram = opening.kind === 'python' && reading === 'usual'
  const suffices = ({ sign, length }: Closing) =>
    opening.kind !== 'output' || reading === 'exact' || (sign === opening.sign && length >= opening.length)
  let doubtful: Close | null = null
  let quote: string | null = null
  for (let at = from; at < text.length;) {
    const { line, next } = lineAt(text, at)
    const fence = closingIn(line, reading)
    const before: string | null = isProgram && fence !== null ? quoteAfter(line.slice(0, fence.at), quote) : null
    if (fence !== null) {
      const close = { line: at, fence, inString: before !== null }
      if (before === null && suffices(fence)) return close
      doubtful ??= close
      if (!mayLook) return doubtful
    } else if (isProgram && openingIn(line, reading)?.kind === 'output') {
      // Its output follows: the program has ended, here or at the fence directly before.
      if (quote === null) return { line: at, fence: NO_FENCE, inString: false }
      if (doubtful !== null && text.slice(lineAt(text, doubtful.line).next, at).trim() === '') return doubtful
    } else if (isProgram && quote === null && at > from && isProgramFence(line, reading)) {
      // Its label was written once more where it ends, or the next program begins.
      if (text.slice(from, at).trim() !== '') return { line: at, fence: NO_FENCE, inString: false }
    } else if (opening.kind === 'unlabelled' && opensWork(line, reading)) return null
    if (isProgram) quote = quoteAfter(line, quote)
    at = next
  }
  return doubtful
}

/**
 * The blocks of a text, in order. A fence without a label that nothing closes, or that a program follows, is a stray one and opens no
 * block. Linear in time.
 */
export function fencedBlocks(text: string, reading: FenceReading = 'usual'): FencedBlock[] {
  const blocks: FencedBlock[] = []
  let vainLooks = 0
  for (let at = 0; at < text.length;) {
    const { line, next } = lineAt(text, at)
    const opening = text[next - 1] === '\n' ? openingIn(line, reading) : null
    if (opening === null) {
      at = next
      continue
    }
    const close = closeOf(text, next, opening, reading, vainLooks < VAIN_LOOKS_MAX)
    if (close === null || close.inString) vainLooks++
    if (close === null && opening.kind === 'unlabelled') {
      at = next
      continue
    }
    const end = close === null ? text.length : close.line + close.fence.end
    const inside = text.slice(next, close === null ? end : close.line + close.fence.at).replace(/\r?\n$/, '')
    const body = reading === 'usual' ? outdented(inside, opening.at) : inside
    const { kind, label } = opening
    const closedInString = close?.inString ?? false
    blocks.push({ kind, label, body, closed: close !== null, closedInString, start: at + opening.at, end })
    // What stands behind the closing fence in its line may open the next block.
    at = close === null ? end : close.fence.end === 0 ? close.line : lineAt(text, close.line).next
  }
  return blocks
}
