import type { ExecutionResult } from '../../contracts/execution-result.ts'
import { failureTypeOf } from '../failure.ts'
import type { SandboxStats } from '../../contracts/ports/index.ts'

/** Counts how programs ended: by the kind of their verdict, or by the type of the failure that took its place. */
export class Outcomes {
  readonly #counts: { -readonly [Name in keyof SandboxStats['outcomes']]: number } = {}

  /** Gives or throws what `running` does. */
  async count(running: Promise<ExecutionResult>): Promise<ExecutionResult> {
    try {
      const verdict = await running
      this.#add(verdict.kind)
      return verdict
    } catch (error) {
      const type = failureTypeOf(error)
      if (type !== undefined) this.#add(type)
      throw error
    }
  }

  #add(name: keyof SandboxStats['outcomes']): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
  }

  counts(): SandboxStats['outcomes'] {
    return { ...this.#counts }
  }
}
