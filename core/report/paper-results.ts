/** What the paper (arXiv 2511.16043) reports, by iteration; null where it names no value. Its model is Qwen3-8B. */
export const paperResults = {
  /** Average of its maths benchmarks: the base model with the tool, then iterations 1 to 3. */
  heldOutMean: [0.532, 0.551, 0.565, 0.582],
  /** Pass rate of the executor of iteration 1. */
  frozenExecutor: [null, 0.64, 0.585, 0.51],
  toolCallsPerRollout: [null, 1.65, 2.1, 2.6],
} as const satisfies Record<string, readonly (number | null)[]>
