import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { parseConfig } from '../contracts/config-problems.ts'
import { readFormerConfig } from '../contracts/former-config.ts'
import { RunConfig } from '../contracts/run-config.ts'
import { readConfigFile, refused, sentenceFor } from '../host/config-file.ts'
import { reasonOf } from '../host/problem.mjs'

/** `moved`: a sentence for each key that has another name or place since the version before this one. */
export type ReadConfig = { ok: true; config: RunConfig; moved: string[] } | { ok: false; sentences: string[] }

/** The value of a file, or why it cannot be read. */
type Written = { ok: true; value: unknown; moved: string[] } | { ok: false; sentences: string[] }

function readValue(file: string): Written {
  const read = readConfigFile(file)
  if (!read.ok) return read
  const { value, moved } = readFormerConfig(read.value)
  return { ok: true, value, moved: moved.map(({ sentence }) => `${file}: ${sentence}`) }
}

type Section = Record<string, unknown>

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `above` overrides `below` key by key; a section with another `kind` replaces the whole section. */
function laidOver(below: unknown, above: unknown): unknown {
  if (!isSection(below) || !isSection(above)) return above
  if ('kind' in above && above['kind'] !== below['kind']) return above
  const changed = Object.entries(above).map(([key, value]) => [key, key in below ? laidOver(below[key], value) : value])
  return { ...below, ...Object.fromEntries(changed) }
}

/** A file's value on top of the value of the file that it extends, and so on. */
function readChain(file: string, above: readonly string[] = []): Written {
  const written = readValue(file)
  if (!written.ok || !isSection(written.value) || !('extends' in written.value)) return written
  const { extends: named, ...own } = written.value
  if (typeof named !== 'string') return refused(`${file}: extends: must be the name of a file`)
  const base = resolve(dirname(file), named)
  if (base === resolve(file) || above.includes(base))
    return refused(`${file}: extends: ${named} extends this file in turn`)
  const below = readChain(base, [...above, resolve(file)])
  // Ignored in silence, the run would have defaults where a base was meant.
  if (below.ok && (!isSection(below.value) || Object.keys(below.value).length === 0))
    return refused(`${file}: extends: ${named} holds no keys and values`)
  return below.ok ? { ok: true, value: laidOver(below.value, own), moved: [...below.moved, ...written.moved] } : below
}

/** `executor.steps=5` on top of a value; what stands behind the `=` is YAML. */
function withSetting(below: Written, setting: string): Written {
  const [, key, text] = /^([\w.]+)=(.+)$/s.exec(setting) ?? []
  if (!below.ok) return below
  if (key === undefined) return refused(`--set ${setting}: write KEY=VALUE, such as curation.band.low=0.25`)
  let given: unknown
  try {
    given = parse(text!)
  } catch (error) {
    return refused(`--set ${setting}: the value is not valid YAML: ${reasonOf(error).split('\n')[0]}`)
  }
  const above = key.split('.').reduceRight<unknown>((value, name) => ({ [name]: value }), given)
  const { value, moved } = readFormerConfig(above)
  const sentences = moved.map(({ sentence }) => `--set ${setting}: ${sentence}`)
  return { ok: true, value: laidOver(below.value, value), moved: [...below.moved, ...sentences] }
}

/**
 * Reads a run config, YAML or JSON (which is YAML), and fills in the defaults; or lists everything that is wrong with it.
 * `extends: FILE` starts from the values of another file and overrides those that this file sets; `settings`, such as
 * `executor.steps=5`, override both.
 */
export function readConfig(file: string, settings: readonly string[] = []): ReadConfig {
  const written = settings.reduce(withSetting, readChain(file))
  if (!written.ok) return written
  const result = parseConfig(RunConfig, written.value)
  const name = settings.length === 0 ? file : `${file} with --set`
  return result.ok
    ? { ...result, moved: written.moved }
    : { ok: false, sentences: result.problems.map((problem) => sentenceFor(name, problem)) }
}
