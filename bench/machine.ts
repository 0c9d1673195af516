import { availableParallelism, cpus, totalmem } from 'node:os'

/** Where and when the figures were measured. */
export function machineLine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  const date = new Date().toISOString().slice(0, 10)
  return `${cpus()[0]!.model.trim()}, ${availableParallelism()} cores, ${memory} GiB, Node ${process.version}, ${date}`
}
