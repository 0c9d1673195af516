/** `value`, or an error that names `what` and the task: a reward that is NaN or infinite is a bug, never data. */
export function finite(value: number, what: string, taskId: string): number {
  if (!Number.isFinite(value)) throw new Error(`${taskId}: ${what} is ${value}`)
  return value
}
