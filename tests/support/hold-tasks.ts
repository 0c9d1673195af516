import { Gate } from './gate.ts'
import type { LoopWorld } from './loop-world.ts'

/** Holds the rollouts of the tasks of a stage's step, `iter-001/curation/step-0000`, and notes which were begun. */
export function holdTasks(world: LoopWorld, step: string): { gate: Gate; begun: ReadonlySet<string> } {
  const isOurs = (call: string) => call.startsWith('generate ') && call.includes(`/${step}/task-`)
  const gate = new Gate(isOurs)
  const begun = new Set<string>()
  world.before = (call, signal) => {
    if (isOurs(call)) begun.add(call)
    return gate.pass(call, signal)
  }
  return { gate, begun }
}
