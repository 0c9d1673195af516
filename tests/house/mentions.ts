import type { SourceFile } from '../support/repository.ts'

/** What a text tells its reader to open or to type. */
export interface Mention {
  kind: 'path' | 'link' | 'script' | 'command'
  /** The path, the link's target, the npm script, or the words behind `agent0`. */
  text: string
  line: number
}

/** Files whose names alone are enough to find them. */
const FILE_NAME = /^[\w.-]+\.(?:test\.ts|ts|mjs|py|md|yaml)$/
/** A path: letters, digits, `{a,b}`, `*`. Where a word in capitals stands the reader puts something in. */
const PATH = /^[a-z][\w.-]*(?:\/(?![A-Z]{2,}(?!ME\.md))[\w.{},*-]+)+\/?$|^[a-z][\w-]*\/$/
const COMMENT = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|(\/\/[^\n]*|\/\*[\s\S]*?\*\/)/g
const PYTHON_COMMENT = /('(?:\\.|[^'\\\n])*'|"(?!"")(?:\\.|[^"\\\n])*")|(#[^\n]*|"""[\s\S]*?""")/g

const isDocument = (path: string) => path.endsWith('.md')
const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length

/** The same text with everything that is not a comment blanked, so that lines stay where they are. */
function commentsOf({ path, text }: SourceFile): string {
  const pattern = /\.(py|ya?ml|in)$/.test(path) ? PYTHON_COMMENT : COMMENT
  const blank = (part: string) => part.replaceAll(/[^\n]/g, ' ')
  let comments = ''
  let end = 0
  for (const match of text.matchAll(pattern)) {
    comments += blank(text.slice(end, match.index)) + (match[2] ?? blank(match[0]))
    end = match.index + match[0].length
  }
  return comments + blank(text.slice(end))
}

/** Pieces of a text that match, as mentions of a kind. */
function all(text: string, pattern: RegExp, kind: Mention['kind']): Mention[] {
  return [...text.matchAll(pattern)].map((match) => ({
    kind,
    text: match.slice(1).find((group) => group !== undefined)!,
    line: lineOf(text, match.index),
  }))
}

/** Paths in a page stand in backticks. */
function pathsOfDocument(text: string): Mention[] {
  const prose = text.replaceAll(/```[\s\S]*?```/g, (block) => block.replaceAll(/[^\n]/g, ' '))
  const quoted = all(prose, /`([^`\n]+)`/g, 'path')
  return quoted.filter(({ text: path }) => PATH.test(path) || FILE_NAME.test(path))
}

/** Paths in a comment start with a folder of the root and have an ending or a last slash; before them stands no path. */
function pathsOfComments(text: string, roots: readonly string[]): Mention[] {
  const pattern = new RegExp(`(?<![\\w/.~$-])((?:${roots.join('|')})/[\\w./{},*-]*[\\w}/*])`, 'g')
  return all(text, pattern, 'path').filter(({ text: path }) => /\/$|\.(ts|mjs|py|md|yaml|json|jsonl)$/.test(path))
}

/** Commands stand in backticks, in double quotes, or begin a line of a block. */
function commandsOf(text: string): Mention[] {
  return [
    ...all(text, /`(?:npx )?agent0 ([^`\n]+)`|"agent0 ([^"`'\n\\$]+)/g, 'command'),
    ...all(text, /^\s*(?:\$ )?npx agent0 ([^\n]+)$/gm, 'command'),
  ]
}

/**
 * What a file mentions: a page everywhere; code in its comments, and in its texts for people the commands and the pages.
 *
 * @param roots top-level folders of the repository
 */
export function mentionsOf(file: SourceFile, roots: readonly string[]): Mention[] {
  const { path, text } = file
  const everywhere = [...all(text, /npm run ([\w:-]*\w)|npm (test)\b/g, 'script'), ...commandsOf(text)]
  if (isDocument(path)) return [...everywhere, ...pathsOfDocument(text), ...all(text, /\]\(([^)\s]+)\)/g, 'link')]
  const pages = all(text, /(?<![\w/.-])(docs\/[\w./-]+\.md)/g, 'path')
  return [...everywhere, ...pages, ...pathsOfComments(commentsOf(file), roots)]
}

/** `a/{b,c}.ts` as the paths that it stands for. */
export function expanded(path: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(path)
  if (braces === null) return [path]
  return braces[1]!.split(',').flatMap((part) => expanded(path.replace(braces[0], part)))
}

/** The anchor that a heading gets. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
}
