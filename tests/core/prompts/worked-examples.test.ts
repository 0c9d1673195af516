import { createHash } from 'node:crypto'
import type { PromptName } from '../../../contracts/config/prompts.ts'
import { promptNames } from '../../../contracts/config/prompts.ts'
import { answerIn } from '../../../core/answers/answer-in.ts'
import { parseProposal } from '../../../core/answers/parse-proposal.ts'
import { executorTemplate, proposerPrompt, shownQuestions } from '../../../core/prompts/agent-prompts.ts'
import { FIELDS } from '../../../core/prompts/example-problems.ts'
import { agent0 } from '../../../core/recipes/agent0.ts'
import { seededStream } from '../../../core/random/seeded-stream.ts'
import { preset } from '../../support/presets.ts'
import { promptText } from '../../support/rollouts.ts'

/** The answers of the executor's examples. */
const solved = ['50', '8', String.raw`\frac{5}{18}`, '17']
const examples = FIELDS.flatMap((field) => field.examples)
const named = (name: PromptName) => ({ curriculum: name, executor: name })

/** The proposer's prompt of a name, for the first `count` groups of a step. */
function drawn(name: PromptName, count: number, seed = 1): string[] {
  const prompt = proposerPrompt(named(name))
  if (prompt.kind !== 'drawn') throw new Error('is not drawn')
  return Array.from({ length: count }, (_, group) =>
    promptText(prompt.draw(seededStream(seed, `step/prompt-${group}`))),
  )
}

/** Turns of a prompt, by who speaks. */
const turns = (prompt: string, who: 'system' | 'user' | 'assistant') =>
  [...prompt.matchAll(new RegExp(`<\\|im_start\\|>${who}\n([^]*?)<\\|im_end\\|>\n`, 'g'))].map(([, text]) => text!)

const boxes = (text: string) => [...text.matchAll(/\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}/g)].map(([, inside]) => inside!)

// A run stores the name only, so a retry and a report read the name's text again: it must be the one that the run began with.
test.each<[PromptName, string]>([
  ['worked-examples', '8dd38c812646a997572f297a6439cc6e45c586a22d0089bcaa034b95e78669a3'],
])('what %s means never changes: another text needs another name', (name, digest) => {
  const text = [...drawn(name, 100), executorTemplate(named(name))].join('\0')
  expect(createHash('sha256').update(text).digest('hex')).toBe(digest)
})

describe.each(promptNames)('%s', (name) => {
  const prompts = drawn(name, 300)

  test('a proposer is shown five well-formed proposals, each of another field, none of the field that it is asked for', () => {
    for (const prompt of prompts) {
      const written = turns(prompt, 'assistant').map((text) => parseProposal(text))
      const shown = written.map((proposal) => {
        const found = examples.find(({ question }) => proposal.kind === 'well_formed' && question === proposal.question)
        expect(proposal).toMatchObject({ kind: 'well_formed', ownAnswer: found?.answer })
        return found!
      })
      const request = turns(prompt, 'user').at(-1)!
      const fields = [
        ...shown.map((example) => FIELDS.findIndex((field) => field.examples.includes(example))),
        FIELDS.findIndex(({ topics }) => topics.some((topic) => request.includes(`about ${topic}.`))),
      ]
      expect(fields).not.toContain(-1)
      expect(new Set(fields).size).toBe(6)
    }
  })

  test('no box holds words that stand for an answer: whoever copies one copies an answer, or nothing', () => {
    const answers = new Set([...examples.map(({ answer }) => answer), '', ...solved])
    const inside = [...prompts, executorTemplate(named(name))].flatMap(boxes)
    expect(inside.length).toBeGreaterThan(1_000)
    expect(inside.filter((text) => !answers.has(text))).toEqual([])
  })

  test('every topic is asked for, and every example shown', () => {
    const requests = new Set(prompts.map((prompt) => /about (.*?)\./.exec(turns(prompt, 'user').at(-1)!)?.[1]))
    expect(requests.size).toBe(FIELDS.flatMap(({ topics }) => topics).length)
    const shown = shownQuestions(named(name)).filter((question) => prompts.some((prompt) => prompt.includes(question)))
    expect(shown).toEqual(examples.map(({ question }) => question))
  })

  test('the same seed draws the same prompts, another one others', () => {
    expect(drawn(name, 20)).toEqual(drawn(name, 20))
    const [one, other] = [drawn(name, 20), drawn(name, 20, 2)]
    expect(one.filter((prompt, group) => prompt === other[group]).length).toBeLessThan(3)
  })

  test('who copies an example, of this prompt or of another group’s, has written no proposal', () => {
    const config = { ...preset('default'), prompts: named(name) }
    for (const { question } of examples) {
      const copy = `<question> ${question.toUpperCase()}</question> \\boxed{12}`
      expect(agent0.readProposal(config, copy)).toEqual({ kind: 'malformed', problem: 'echo' })
      const near = copy.replace('?', ' NOW?').replace('.', ' SO.')
      expect(agent0.readProposal(config, near)).toMatchObject({ kind: 'well_formed' })
    }
  })

  test('the executor is shown answers with a program and its output, and answers without, each with its box at the end', () => {
    const shown = turns(executorTemplate(named(name)), 'assistant')
    const withProgram = /^.*\n```python\n[^`]+\n```\n```output\n[^`]+\n```\nThe answer is \\boxed/
    expect(shown.map((text) => withProgram.test(text))).toEqual([true, false, true, false])
    expect(shown.map((text) => answerIn(text))).toEqual(solved)
    expect(executorTemplate(named(name)).split('{question}')).toHaveLength(2)
  })
})
