import { distance } from 'fastest-levenshtein'
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { ConfigProblem } from '../contracts/config-problems.ts'
import { reasonOf } from './problem.mjs'

const NEAR_ENOUGH = 3

function nearest(key: string, valid: readonly string[]): string {
  const best = valid.toSorted((a, b) => distance(key, a) - distance(key, b))[0]
  return best !== undefined && distance(key, best) <= NEAR_ENOUGH ? `; did you mean "${best}"?` : ''
}

/** One line: file, key, what was found, what is allowed, the nearest valid key. */
export function sentenceFor(file: string, { path, found, allowed, validKeys }: ConfigProblem): string {
  const key = path.join('.') || '(the whole file)'
  if (validKeys === undefined) return `${file}: ${key}: found ${found}, allowed is ${allowed}`
  const valid = validKeys.length > 0 ? ` (valid here: ${validKeys.join(', ')})` : ''
  return `${file}: ${key}: there is no such key${nearest(String(path.at(-1)), validKeys)}${valid}`
}

/** The value of a config file, or why it cannot be read. */
export type FileValue = { ok: true; value: unknown } | { ok: false; sentences: string[] }

export const refused = (...sentences: string[]): FileValue & { ok: false } => ({ ok: false, sentences })

const SECRET = /^(api[-_]?key|key|token|secret|password)$/i

/** Keys in a config, from the top with dots between, that are named like a secret and hold a text. */
function secretsIn(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, below]) =>
    SECRET.test(key) && typeof below === 'string' ? [[...path, key].join('.')] : secretsIn(below, [...path, key]),
  )
}

/** Values that no reader of a config could use: a text with NUL or half a character, a section that contains itself. */
function unusableIn(value: unknown, path: readonly string[] = [], above: readonly object[] = []): string[] {
  const at = path.join('.') || '(the whole file)'
  if (typeof value === 'string')
    return /\0|\p{Surrogate}/u.test(value) ? [`${at}: the text holds a NUL or half a character`] : []
  if (typeof value !== 'object' || value === null) return []
  if (above.includes(value)) return [`${at}: it contains itself, by an alias`]
  return Object.entries(value).flatMap(([key, below]) => unusableIn(below, [...path, key], [...above, value]))
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function readUtf8(file: string): { text: string } | { problem: string } {
  try {
    return { text: UTF8.decode(readFileSync(file)) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { problem: 'there is no such file' }
    if (code === 'EISDIR') return { problem: 'it is a folder, not a file' }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { problem: 'it is not UTF-8: save it as UTF-8' }
    return { problem: `cannot be read: ${reasonOf(error)}` }
  }
}

/**
 * Reads a config file, YAML or JSON (which is YAML). One that holds a secret is refused, and so is one of which a part could only be
 * used as something else than what was written.
 */
export function readConfigFile(file: string): FileValue {
  const read = readUtf8(file)
  if ('problem' in read) return refused(`${file}: ${read.problem}`)
  const { text } = read
  const documents = parseAllDocuments(text)
  if (documents.length > 1)
    return refused(`${file}: contains ${documents.length} YAML documents; a config is one document`)
  // A tag that YAML does not know would be dropped, and its value taken as something else.
  const errors = documents.flatMap((document) => [...document.errors, ...document.warnings])
  if (errors.length > 0) return refused(...errors.map((error) => `${file}: ${error.message.split('\n')[0]}`))
  try {
    const value: unknown = documents[0]?.toJS() ?? {}
    const unusable = unusableIn(value)
    if (unusable.length > 0) return refused(...unusable.map((problem) => `${file}: ${problem}`))
    const secrets = secretsIn(value)
    if (secrets.length === 0) return { ok: true, value }
    return refused(
      ...secrets.map(
        (key) =>
          `${file}: ${key}: a config never holds a secret: put it into the variable AGENT0_MODEL_API_KEY or AGENT0_TRAINER_TOKEN, or into a file that modelServer.keyFile or trainer.tokenFile of machine.yaml names`,
      ),
    )
  } catch (error) {
    return refused(`${file}: ${reasonOf(error)}`) // an alias that names nothing, or too many of them
  }
}
