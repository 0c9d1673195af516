import { WeightedGate } from '../../host/weighted-gate.ts'
import type { ExecutionLimits, Program, Sandbox } from '../../contracts/ports/index.ts'

const NEVER = new AbortController().signal

/** A sandbox before which callers wait in line, however many they are: the pool behind it refuses more than it may hold. */
export class GatedSandbox implements Sandbox {
  readonly #inner: Sandbox
  readonly #gate: WeightedGate

  constructor(inner: Sandbox, callersMax: number) {
    this.#inner = inner
    this.#gate = new WeightedGate(callersMax)
  }

  execute(program: Program, limits: ExecutionLimits) {
    return this.#gate.run(1, NEVER, () => this.#inner.execute(program, limits))
  }

  openSession(journaled: readonly Program[], limits: ExecutionLimits) {
    return this.#gate.run(1, NEVER, () => this.#inner.openSession(journaled, limits))
  }

  stats() {
    return this.#inner.stats()
  }

  guarantees() {
    return this.#inner.guarantees()
  }

  close() {
    return this.#inner.close()
  }
}
