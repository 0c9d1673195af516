import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Execution, ExecutionLimits, Program, Sandbox } from '../../contracts/ports/index.ts'

/** Where AGENT0_FAULTS names a folder: the attacks in it, a program each, and what came of them. */
const ATTACKS = 'attacks'
const NOTES = 'attacked.jsonl'

/**
 * For chaos runs: before each program that somebody asks for, the next of the attacks runs in the same sandbox, beside the
 * programs of others. What comes of an attack is noted and reaches nobody; an outage that one causes does not either.
 */
export class AttackedSandbox implements Sandbox {
  readonly #inner: Sandbox
  readonly #folder: string
  #count = 0

  constructor(inner: Sandbox, folder: string) {
    this.#inner = inner
    this.#folder = folder
  }

  async execute(program: Program, limits: ExecutionLimits): Promise<Execution> {
    await this.#attack(limits)
    return this.#inner.execute(program, limits)
  }

  async openSession(journaled: readonly Program[], limits: ExecutionLimits) {
    await this.#attack(limits)
    return this.#inner.openSession(journaled, limits)
  }

  async #attack(limits: ExecutionLimits): Promise<void> {
    const files = this.#files()
    if (files.length === 0) return
    const seed = this.#count++ // another one each time: what is the same is answered by a memo
    const file = files[seed % files.length]!
    const source = readFileSync(join(this.#folder, ATTACKS, file), 'utf8')
    const ending = await this.#inner.execute({ source, seed }, limits).then(
      ({ verdict: { kind, stdout } }) => ({ kind, stdout }),
      (error: unknown) => ({ kind: 'outage', stdout: String(error) }),
    )
    appendFileSync(join(this.#folder, NOTES), `${JSON.stringify({ name: basename(file, '.py'), ...ending })}\n`)
  }

  #files(): string[] {
    try {
      return readdirSync(join(this.#folder, ATTACKS)).toSorted()
    } catch {
      return [] // no attack is planned yet
    }
  }

  guarantees() {
    return this.#inner.guarantees()
  }

  stats() {
    return this.#inner.stats()
  }

  close() {
    return this.#inner.close()
  }
}
