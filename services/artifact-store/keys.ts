import { parseId } from '../../contracts/ids.ts'

// An ending, always: so no key is the folder of another. What else may stand there makes no file name unusual.
const FILE_NAME = /^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+$/
const FILE_NAME_LENGTH_MAX = 80

/** Why a text is not a key, an id and a file name; undefined if it is one. */
function problemOf(key: string): string | undefined {
  const cut = key.lastIndexOf('/')
  const [id, name] = [key.slice(0, Math.max(0, cut)), key.slice(cut + 1)]
  const parsed = parseId(id)
  if (!parsed.ok) return parsed.problem
  const isName = FILE_NAME.test(name) && name.length <= FILE_NAME_LENGTH_MAX
  return isName ? undefined : `"${name}" is not a file name with an extension`
}

export const isKey = (text: string) => problemOf(text) === undefined

/** The key, if it is one. Anything else is a mistake of ours, so a plain Error. */
export function checkedKey(key: string): string {
  const problem = problemOf(key)
  if (problem !== undefined) throw new Error(`"${key}" is not a store key: ${problem}`)
  return key
}

/** The id, if it is one or `''`. */
export function checkedPrefix(id: string): string {
  const parsed = parseId(id)
  if (id !== '' && !parsed.ok) throw new Error(`"${id}" is not an id: ${parsed.problem}`)
  return id
}

/** Whether an artifact is kept as it is, since other programs read it as a file. Everything else is compressed. */
export function isReadAsFile(key: string): boolean {
  return /\.(parquet|json)$/.test(key)
}
