import type { SeededStream } from '../random/seeded-stream.ts'
import { shuffled } from '../random/shuffled.ts'
import { type ExampleProblem, FIELDS } from './example-problems.ts'

/** Examples in a proposer's prompt, each of another field than the others and than the request. */
const SHOWN = 5

const said = (who: 'system' | 'user' | 'assistant', text: string) => `<|im_start|>${who}\n${text}<|im_end|>\n`
const toContinue = '<|im_start|>assistant\n'

const PROPOSER = `You write problems for mathematics competitions. Each request names a topic. Invent a problem about it that is new, clear and complete, that needs several steps, and that has one short final answer, such as a number. First comes the problem between <question> and </question>, then its final answer in \\boxed{}, and nothing else.`

const request = (topic: string) =>
  said(
    'user',
    `Write one new problem about ${topic}: <question>, the problem, </question>, and then its final answer in \\boxed{}.`,
  )
const written = ({ question, answer }: ExampleProblem) =>
  said('assistant', `<question>\n${question}\n</question>\n\\boxed{${answer}}`)

/**
 * A proposer's prompt with worked examples: what was asked for and written before, as earlier turns of a talk. Which examples
 * and which topic, the stream decides, so that proposals differ though the policy is one.
 */
export function workedExamplesFor(stream: SeededStream): string {
  const [asked, ...others] = shuffled(FIELDS, stream)
  const pick = <T>(items: readonly T[]) => items[stream.below(items.length)]!
  const examples = others.slice(0, SHOWN).map((field) => pick(field.examples))
  const turns = examples.map((example) => request(example.topic) + written(example))
  return said('system', PROPOSER) + turns.join('') + request(pick(asked!.topics)) + toContinue
}

/** All questions that a proposer may have been shown: who copies one has written nothing new. */
export const exampleQuestions: readonly string[] = FIELDS.flatMap(({ examples }) =>
  examples.map(({ question }) => question),
)

const SOLVER = `You solve problems. Think step by step, in few words. Where a computation helps, write a Python program between \`\`\`python and \`\`\`; what it prints is put behind it as an output block, and then you go on. Every program stands alone. End with the final answer in \\boxed{}, once, and without a sentence in it.`

const COUNTED = `I let a program count the numbers.
\`\`\`python
print(sum(1 for n in range(1, 301) if n % 4 == 0 and n % 6 != 0))
\`\`\`
\`\`\`output
50
\`\`\`
There are 50 such numbers, so the answer is \\boxed{50}.`

const REASONED = `The small gear has 12 teeth and the large one 30. In 20 turns the small gear moves $20 \\cdot 12 = 240$ teeth. The large gear moves as many, which is $240 / 30 = 8$ turns. The answer is \\boxed{8}.`

/** An executor's prompt with two worked examples, one with a program and one without; `{question}` stands for the task. */
export const SOLVER_PROMPT = [
  said('system', SOLVER),
  said('user', 'How many of the numbers from 1 to 300 are multiples of 4 but not of 6?'),
  said('assistant', COUNTED),
  said(
    'user',
    'A gear with 12 teeth drives a gear with 30 teeth. How often does the large gear turn while the small one turns 20 times?',
  ),
  said('assistant', REASONED),
  said('user', '{question}'),
  toContinue,
].join('')
