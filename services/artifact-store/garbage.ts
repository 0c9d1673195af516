/** Which checkpoints stay besides the pinned ones. */
export interface KeepRule {
  /** The last ones of each lineage, at least 1: the head is what the next step starts from. */
  keepLast: number
  /** Every n-th step of each lineage; 0 for none. */
  milestoneEvery: number
  /** The lineages that may lose some. All unless given. */
  lineages?: readonly string[]
}

/** What is not needed any more. */
export interface Garbage {
  kind: 'artifact' | 'checkpoint' | 'journal' | 'temporary file'
  /** Relative to the store. */
  path: string
  bytes: number
}

export interface GarbageRule {
  /** Younger files always stay: a process may still be writing them. Milliseconds. */
  olderThanMs: number
  /** The time now, milliseconds since 1970. */
  now: number
  /** Only this run's journals, and nothing that belongs to no run. Everything unless given. */
  run?: string
  /** The trainer's rule for checkpoints. Without it all stay. */
  checkpoints?: KeepRule
}
