import type { PromptsConfig } from '../../contracts/config/prompts.ts'

/** The text that the executor continues: its template with the task in it. */
export function executorPrompt({ executor }: PromptsConfig, question: string): string {
  return executor.split('{question}').join(question)
}
