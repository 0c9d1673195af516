/** A problem of this machine that set-up cannot solve: one sentence that says what is wrong, where, and what to do. */
export class SetupProblem extends Error {}

/**
 * What a person needs of anything that was thrown.
 * @param {unknown} error
 */
export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error)
}
