/** Levels of pino from which a line is an error. */
const PINO_ERROR = 50
/** The last line of a traceback, the first of a crash of Node: `ValueError: no such head`, `Error [ERR_X]: no such file`. */
const NAMED_ERROR = /^(?:[\w.]+\.)?(\w*(?:Error|Exception|Interrupt|Exit))(?: \[\w+\])?(?:: (.+))?$/
/** What a command says of its arguments, and Temporal of itself. */
const PLAIN_ERROR = /^(?:\S+: )?error: /i
const LENGTH_MAX = 300

interface JsonLine {
  level?: number | string
  msg?: string
  err?: { message?: string }
  error?: string
}

function parse(line: string): JsonLine | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function isError({ level }: JsonLine): boolean {
  return typeof level === 'number' ? level >= PINO_ERROR : /^(error|fatal|panic)$/i.test(level ?? '')
}

/** A worker's message repeats that of its error; Temporal's says what failed and its error says why. */
function ofJson({ msg = '', err, error = err?.message }: JsonLine): string {
  return error === undefined || error === msg ? msg : [msg, error].filter((part) => part !== '').join(': ')
}

/** `Error` and `SystemExit` say nothing that the message does not. */
function ofText(line: string): string {
  const [, name = '', message = name] = NAMED_ERROR.exec(line) ?? []
  if (name === '') return line.replace(PLAIN_ERROR, '')
  return ['Error', 'SystemExit', message].includes(name) ? message : `${message} (${name})`
}

/**
 * The sentence of the last error in what a service has logged, whether it logs JSON (our workers, Temporal), Python tracebacks,
 * crashes of Node or plain lines; undefined where it logged nothing.
 */
export function lastError(log: string): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  const parsed = lines.map((line) => ({ line, json: parse(line) }))
  const isCause = ({ line, json }: (typeof parsed)[number]) =>
    json === undefined ? NAMED_ERROR.test(line) || PLAIN_ERROR.test(line) : isError(json)
  // What names no error has its last words at the end, if they are words for people.
  const found = parsed.findLast(isCause) ?? parsed.findLast(({ json }) => json === undefined) ?? parsed.at(-1)
  if (found === undefined) return undefined
  const [sentence = ''] = (found.json === undefined ? ofText(found.line) : ofJson(found.json)).trim().split('\n')
  return sentence.length > LENGTH_MAX ? `${sentence.slice(0, LENGTH_MAX - 1)}…` : sentence
}
