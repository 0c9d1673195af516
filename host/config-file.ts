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

/** Reads a config file, YAML or JSON (which is YAML). One that holds a secret is refused. */
export function readConfigFile(file: string): FileValue {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return refused(missing ? `${file}: there is no such file` : `${file}: cannot be read: ${String(error)}`)
  }
  const documents = parseAllDocuments(text)
  if (documents.length > 1)
    return refused(`${file}: contains ${documents.length} YAML documents; a config is one document`)
  const errors = documents.flatMap((document) => document.errors)
  if (errors.length > 0) return refused(...errors.map((error) => `${file}: ${error.message.split('\n')[0]}`))
  try {
    const value: unknown = documents[0]?.toJS() ?? {}
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
