/** What a fence is opened for: a program, its output, prose in a markup of its own, nothing that it says, or something else. */
export type FenceKind = 'python' | 'output' | 'prose' | 'unlabelled' | 'other'

/** How labels are read: `usual`, in any spelling that is in use; `exact`, the two words `python` and `output` alone. */
export type FenceReading = 'usual' | 'exact'

export interface Opening {
  kind: FenceKind
  label: string
  /** Backtick or tilde. */
  sign: string
  /** Signs in a row. */
  length: number
  /** Offset of the fence in its line. */
  at: number
}

const PYTHON = /^(?:i?python|py)[\d.]*$/
const PROSE = /^(?:latex|tex|math|katex|markdown|md)$/
/** `py`, `{.python}`, `python title=x`, `python {1-3}`, `python:main.py`, `python, linenos`: the name, and what may stand behind it. */
const INFO = /^\{?[ \t.]*([A-Za-z_](?:[\w.+#-]*[\w+#])?)[ \t]*((?:[}:,;{([]|[\w-]+[ \t]*=|["']).*)?$/
/** `python code`, `Python output`: a second word, which a stray fence before a sentence has too. */
const SECOND_WORD = /^([A-Za-z][\w.]*)[ \t]+[\w-]+$/
const LINE_START = /^[ \t]*(?:(?:[>*+-]|\d{1,3}[.)])[ \t]+)*(`{3,}|~{3,})/
const EXACT = /```(python|output)[ \t\r]*$/

/** The kind of an info string; null for words that are no label. */
function kindOf(info: string): { kind: FenceKind; label: string } | null {
  if (info === '') return { kind: 'unlabelled', label: '' }
  const label = (INFO.exec(info) ?? SECOND_WORD.exec(info))?.[1]?.toLowerCase()
  if (label === undefined) return null
  if (PYTHON.test(label)) return { kind: 'python', label }
  if (label === 'output') return { kind: 'output', label }
  if (!INFO.test(info)) return null
  return { kind: PROSE.test(label) ? 'prose' : 'other', label }
}

/** The last run of backticks or tildes of a line. */
function lastRun(line: string): Pick<Opening, 'sign' | 'at' | 'length'> | null {
  const last = Math.max(line.lastIndexOf('```'), line.lastIndexOf('~~~'))
  if (last < 0) return null
  let at = last
  while (at > 0 && line[at - 1] === line[last]) at--
  return { sign: line[last]!, at, length: last + 3 - at }
}

/**
 * The fence that a line opens. One with any label, or none, begins its line, behind marks of a list or quote at most; one of a program
 * or an output may stand behind other words, and then ends the line.
 */
export function openingIn(line: string, reading: FenceReading): Opening | null {
  if (reading === 'exact') {
    const exact = EXACT.exec(line)
    return exact === null
      ? null
      : { kind: exact[1] as 'python' | 'output', label: exact[1]!, sign: '`', length: 3, at: exact.index }
  }
  const run = lastRun(line)
  if (run === null) return null
  const first = LINE_START.exec(line)
  const beginsLine = first !== null && first[0].length === run.at + run.length
  const found = kindOf(line.slice(run.at + run.length).trim())
  if (found === null || (!beginsLine && found.kind !== 'python' && found.kind !== 'output')) return null
  return { ...found, ...run }
}

/** A closing fence in a line: where it begins and ends, and its run. */
export interface Closing extends Pick<Opening, 'sign' | 'length'> {
  at: number
  end: number
}

const CLOSING_START = /^[ \t]*(`{3,}(?![\w`])|~{3,}(?![\w~]))/
/** Of a run of two backticks alone in its line no program can be made either. */
const CLOSING_ALONE = /^[ \t]*(``)[ \t\r]*$/
const CLOSING_END = /(?<!`)(`{3,})[ \t\r]*$/

/**
 * The fence that a line closes: it begins the line, whatever follows, or ends it. Its length and sign need not be those of the opening
 * one: what writes `~~~` or four backticks for three meant to close.
 */
export function closingIn(line: string, reading: FenceReading): Closing | null {
  const usual = reading === 'usual'
  const start = CLOSING_START.exec(line) ?? (usual ? CLOSING_ALONE.exec(line) : null)
  if (start !== null && (usual || !start[0].includes('~')))
    return { at: 0, end: start[0].length, sign: start[1]![0]!, length: start[1]!.length }
  const end = CLOSING_END.exec(line)
  return end === null ? null : { at: end.index, end: line.length, sign: '`', length: end[1]!.length }
}

/**
 * The triple quote that is open behind a line of Python, from the one that was open before it; null if none is. A string in single
 * quotes ends with its line.
 */
export function quoteAfter(line: string, before: string | null): string | null {
  let open = before
  for (let at = 0; at < line.length;) {
    const sign = line[at]!
    if (open !== null) {
      const closes = line.startsWith(open, at)
      at += sign === '\\' ? 2 : closes ? open.length : 1
      if (closes) open = null
      continue
    }
    if (sign === '#') return null
    if (sign === '"' || sign === "'") open = line.startsWith(sign.repeat(3), at) ? sign.repeat(3) : sign
    at += open?.length ?? 1
  }
  return open?.length === 3 ? open : null
}
