import type { SeededStream } from '../random/seeded-stream.ts'
import { shuffled } from '../random/shuffled.ts'
import { type ExampleProblem, FIELDS } from './example-problems.ts'

/** Examples in a proposer's prompt, each of another field than the others and than the request. */
const SHOWN = 5

const said = (who: 'system' | 'user' | 'assistant', text: string) => `<|im_start|>${who}\n${text}<|im_end|>\n`
const toContinue = '<|im_start|>assistant\n'

const PROPOSER = `You write problems for mathematics competitions. Each request names a topic. Invent a problem about it that is new, clear and complete, that needs several steps, and that has one short final answer, such as a number. Ask for the answer in a question. First comes the problem between <question> and </question>, then its final answer in \\boxed{}, and nothing else.`

const request = (topic: string) =>
  said(
    'user',
    `Write one new problem about ${topic}. It ends with a question. First <question>, the problem and </question>, then its final answer in \\boxed{}.`,
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

const SOLVER = `You solve problems. Think step by step, in few words. Where a computation helps, write a Python program between \`\`\`python and \`\`\`; what it prints is put behind it as an output block, and then you go on. Every program stands alone. Every solution ends with its final answer in \\boxed{}.`

const posed = (question: string) => said('user', `${question}\nEnd with the final answer in \\boxed{}.`)

/** Each ends in the same words, so that the next one does. */
const solved = (steps: string, answer: string) => said('assistant', `${steps}\nThe answer is \\boxed{${answer}}.`)

const COUNTED = `A program can count these numbers.
\`\`\`python
print(sum(1 for n in range(1, 301) if n % 4 == 0 and n % 6 != 0))
\`\`\`
\`\`\`output
50
\`\`\``

const REASONED = `In 20 turns the small gear moves $20 \\cdot 12 = 240$ teeth. The large gear moves as many, which is $240 / 30 = 8$ turns.`

const SOLVED_FOR = `With $x$ boys there are $x + 6$ girls, so $2x + 6 = 28$. Then $2x = 22$ and $x = 11$, and the girls are $11 + 6 = 17$.`

const SIMULATED = `There are 36 equally likely pairs. A program can go through them.
\`\`\`python
from fractions import Fraction
pairs = [(a, b) for a in range(1, 7) for b in range(1, 7)]
print(Fraction(sum(a + b >= 9 for a, b in pairs), len(pairs)))
\`\`\`
\`\`\`output
5/18
\`\`\``

/** An executor's prompt with worked examples, two with a program and two without; `{question}` stands for the task. */
export const SOLVER_PROMPT = [
  said('system', SOLVER),
  posed('How many of the numbers from 1 to 300 are multiples of 4 but not of 6?'),
  solved(COUNTED, '50'),
  posed(
    'A gear with 12 teeth drives a gear with 30 teeth. How often does the large gear turn while the small one turns 20 times?',
  ),
  solved(REASONED, '8'),
  posed('Two fair dice are rolled. What is the probability that the sum of the two numbers is at least 9?'),
  solved(SIMULATED, '\\frac{5}{18}'),
  posed('In a class of 28 children there are 6 more girls than boys. How many girls are there?'),
  solved(SOLVED_FOR, '17'),
  posed('{question}'),
  toContinue,
].join('')
