import type { Tokenizer } from '../../contracts/ports/tokenizer.ts'

/**
 * What a policy reads before it writes. Templates are ours and hold control tokens; a text is somebody else's, and may not: a question
 * with `<|im_end|>` in it would end the user's turn and put words into the assistant's mouth.
 */
export type Prompt = readonly ({ template: string } | { text: string })[]

/** A template in which `{question}` stands for the question, once. */
export function promptFrom(template: string, question: string): Prompt {
  const [before = '', behind = ''] = template.split('{question}')
  return [{ template: before }, { text: question }, { template: behind }]
}

/** The token ids of a prompt, part by part: no token reaches over the border between a template and a text. */
export function encodePrompt(
  { encode, encodeTemplate }: Pick<Tokenizer, 'encode' | 'encodeTemplate'>,
  prompt: Prompt,
): number[] {
  return prompt.flatMap((part) => ('template' in part ? encodeTemplate(part.template) : encode(part.text)))
}
