import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ANSWER_RULES, type AnswerRules } from '../../contracts/answer-rules.ts'
import type { Equivalence } from '../../contracts/vote.ts'
import { ROOT } from '../../host/paths.mjs'
import { mlPython } from '../../host/python.mjs'
import { GRADER_MODULES, GRADER_PROGRAM } from '../../services/sandbox/grader-source.ts'

/** Runs a program in the Python of set-up, outside a sandbox: for texts that we wrote or have read. */
async function run(source: string, stdin: unknown): Promise<unknown> {
  const child = spawn(await mlPython(), ['-I', '-c', source], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(stdin))
  return JSON.parse(await text(child.stdout))
}

/** What the grader's program decides. */
export async function gradeOnHost(
  pairs: readonly (readonly [string, string])[],
  rules: AnswerRules = ANSWER_RULES,
): Promise<Equivalence[]> {
  return (await run(GRADER_PROGRAM, { pairs, rules })) as Equivalence[]
}

/** The keys that the grader's program gives. */
export async function keysOnHost(answers: readonly string[]): Promise<string[]> {
  const print = `
reading = sys.modules["reading"]
print(json.dumps([reading.value_of(answer).key for answer in json.load(sys.stdin)]))
`
  return (await run(GRADER_MODULES + print, answers)) as string[]
}

/** A folder beside the checkout, which not every machine has. */
export function besideCheckout(name: string): string | undefined {
  const folder = join(ROOT, '..', 'shared', name)
  return existsSync(folder) ? folder : undefined
}
