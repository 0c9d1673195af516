/** A complete box that holds something: where its command begins, its content lies, and it ends. */
export interface Box {
  start: number
  from: number
  to: number
  end: number
}

/** A box whose content has begun. */
interface Open {
  /** Offset of its command. */
  start: number
  /** Offset of the content. */
  from: number
  /** Braces in its content that are open. */
  braces: number
}

/** Where a box stands: the box around it, by its offset, −1 if there is none, and whether it is in an argument there. */
interface Place {
  around: number
  isArgument: boolean
}

const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125

const COMMAND = /\\(?:boxed|fbox|framebox)(?![A-Za-z])(?:[ \t]{0,4}\[[^\]\n]{0,40}\]){0,2}/y
const SPACE = /[ \t\r\n]{0,16}/y
/** What a box without braces holds: a number, a letter in capitals or at the end of the formula, or a command with its arguments. */
const BARE = new RegExp(
  [
    String.raw`[-+]?\d(?:[\d.,/]{0,40}\d)?%?`,
    String.raw`[A-Z](?![A-Za-z])`,
    String.raw`[a-z](?=\s{0,4}(?:\$|\\\)|\\\]))`,
    String.raw`[-+]?\\(?:[dtc]?frac|sqrt|text|mathrm|mathbf|mathbb)(?:\d{1,2}|(?:\{[^{}\n]{0,60}\}){1,2})`,
    String.raw`[-+]?\\(?:pi|infty|emptyset|varnothing)(?![A-Za-z])`,
  ].join('|'),
  'y',
)

/** The end of what `pattern` matches at an offset; −1 if it does not. */
function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** A box's command at an offset: where its content begins, and where it ends if it has no braces; null if there is none. */
function commandAt(text: string, at: number): { from: number; bareEnd: number } | null {
  const behind = matchEnd(COMMAND, text, at)
  if (behind < 0) return null
  const next = matchEnd(SPACE, text, behind)
  if (text.charCodeAt(next) === OPEN) return { from: next + 1, bareEnd: -1 }
  const bareEnd = matchEnd(BARE, text, next)
  return bareEnd < 0 ? null : { from: next, bareEnd }
}

function isBlank(text: string, from: number, to: number): boolean {
  let at = from
  while (at < to && text[at]!.trim() === '') at++
  return at === to
}

/**
 * The complete boxes of a text that hold something, by their beginning: `\boxed{…}`, `\fbox{…}`, `\framebox[…]{…}`, and `\boxed 5`.
 * Braces match; `\{` and `\}` are signs, not braces. Of nested boxes each is given, but for one that is an argument in the box around
 * it. Linear in time: one pass with a stack of the boxes that are open.
 */
export function boxesIn(text: string): Box[] {
  const open: Open[] = []
  const found: (Box & Place)[] = []
  // As in `\boxed{\frac{\boxed{1}}{2}}`: the inner one is an argument.
  const place = (): Place => {
    const around = open.at(-1)
    return { around: around?.start ?? -1, isArgument: around !== undefined && around.braces > 0 }
  }
  for (let at = text.indexOf('\\'); at >= 0 && at < text.length;) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) {
      const command = commandAt(text, at)
      if (command !== null) {
        const { from, bareEnd } = command
        if (bareEnd < 0) open.push({ start: at, from, braces: 0 })
        else found.push({ start: at, from, to: bareEnd, end: bareEnd, ...place() })
        at = Math.max(from, bareEnd)
        continue
      }
      const next = text.charCodeAt(at + 1)
      // `\\{` is a line break and a brace, but the second backslash of `\\boxed{` begins a box.
      const escapes = next === OPEN || next === CLOSE || (next === BACKSLASH && commandAt(text, at + 1) === null)
      at += escapes ? 2 : 1
      continue
    }
    const top = open.at(-1)
    if (top !== undefined && code === OPEN) top.braces++
    else if (top !== undefined && code === CLOSE && --top.braces < 0) {
      open.pop()
      const { start, from } = top
      if (!isBlank(text, from, at)) found.push({ start, from, to: at, end: at + 1, ...place() })
    }
    at++
  }
  const complete = new Set(found.map(({ start }) => start))
  const own = found.filter(({ isArgument, around }) => !isArgument || !complete.has(around))
  return own.toSorted((left, right) => left.start - right.start)
}
