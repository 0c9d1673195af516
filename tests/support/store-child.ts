import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { ROOT } from './repository.ts'

/**
 * Another process with the store of `root` open as `store`; `script` is the rest of its module, with `say(value)` to
 * print a line of JSON. `through`: words of a command that runs it.
 */
export function storeChild(
  root: string,
  script: string,
  through: readonly string[] = [],
): ChildProcessByStdio<Writable, Readable, Readable> {
  const module = `
    import { writeSync } from 'node:fs'
    import { openStore } from ${JSON.stringify(join(ROOT, 'services', 'artifact-store', 'open.ts'))}
    const say = (value) => writeSync(1, JSON.stringify(value) + '\\n')
    const store = openStore(${JSON.stringify(root)})
    ${script}`
  const words = [...through, process.execPath, '--input-type=module-typescript', '--eval', module]
  return spawn(words[0]!, words.slice(1), { stdio: 'pipe' })
}

/** What the child says, line by line, as it says it. Ends with the child; throws if that ended badly by itself. */
export async function* lines(child: ChildProcessByStdio<Writable, Readable, Readable>): AsyncGenerator<unknown> {
  let [rest, errors] = ['', '']
  child.stderr.on('data', (data) => (errors += String(data)))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  for await (const data of child.stdout) {
    const parts = (rest + String(data)).split('\n')
    rest = parts.pop()!
    for (const part of parts) yield JSON.parse(part)
  }
  const code = await ended
  if (code !== null && code !== 0) throw new Error(`the child ended with code ${code}: ${errors}`)
}

/** All that the child says until it ends. */
export async function allLines(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<unknown[]> {
  const said: unknown[] = []
  for await (const line of lines(child)) said.push(line)
  return said
}
