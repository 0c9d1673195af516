/** Search attributes by which a person finds runs in the Temporal UI. The server is made to know them at every start. */
export const searchAttributes = {
  /** The run's name. */
  Agent0Run: 'Keyword',
  /** Stage kind: curriculum, curation, executor, evaluation. */
  Agent0Stage: 'Keyword',
  /** Which agent the workflow works for: curriculum or executor. */
  Agent0Role: 'Keyword',
  /** Iteration, from 1. */
  Agent0Iteration: 'Int',
  /** Held-out mean@k after the latest evaluation, 0 to 1. */
  Agent0Score: 'Double',
} as const
