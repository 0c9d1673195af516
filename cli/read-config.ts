import { distance } from 'fastest-levenshtein'
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { type ConfigProblem, parseConfig } from '../contracts/config-problems.ts'
import { RunConfig } from '../contracts/run-config.ts'
import { reasonOf } from '../infra/setup/problem.mjs'

const NEAR_ENOUGH = 3

function nearest(key: string, valid: readonly string[]): string {
  const best = valid.toSorted((a, b) => distance(key, a) - distance(key, b))[0]
  return best !== undefined && distance(key, best) <= NEAR_ENOUGH ? `; did you mean "${best}"?` : ''
}

/** One line for a person: file, key, what was found, what is allowed, the nearest valid key. */
export function sentenceFor(file: string, { path, found, allowed, validKeys }: ConfigProblem): string {
  const key = path.join('.') || '(the whole file)'
  if (validKeys === undefined) return `${file}: ${key}: found ${found}, allowed is ${allowed}`
  const valid = validKeys.length > 0 ? ` (valid here: ${validKeys.join(', ')})` : ''
  return `${file}: ${key}: there is no such key${nearest(String(path.at(-1)), validKeys)}${valid}`
}

export type ReadConfig = { ok: true; config: RunConfig } | { ok: false; sentences: string[] }

/** Reads a run config, YAML or JSON (which is YAML), and resolves it; or says everything that is wrong with it. */
export function readConfig(file: string): ReadConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return {
      ok: false,
      sentences: [missing ? `${file}: there is no such file` : `${file}: cannot be read: ${String(error)}`],
    }
  }
  const documents = parseAllDocuments(text)
  if (documents.length > 1)
    return { ok: false, sentences: [`${file}: holds ${documents.length} documents, one is needed`] }
  const errors = documents.flatMap((document) => document.errors)
  if (errors.length > 0)
    return { ok: false, sentences: errors.map((error) => `${file}: ${error.message.split('\n')[0]}`) }
  let value: unknown
  try {
    value = documents[0]?.toJS() ?? {}
  } catch (error) {
    return { ok: false, sentences: [`${file}: ${reasonOf(error)}`] } // an alias that names nothing, or too many of them
  }
  const result = parseConfig(RunConfig, value)
  return result.ok ? result : { ok: false, sentences: result.problems.map((problem) => sentenceFor(file, problem)) }
}
