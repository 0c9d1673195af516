import { type RunConfig, RunConfig as RunConfigSchema } from '../../contracts/run-config.ts'
import { seededStream } from '../../core/random/seeded-stream.ts'
import type { Grader, Sandbox } from '../../contracts/ports/index.ts'
import { okVerdict } from './fake-sandbox.ts'
import { END, type Writer } from './stub-model.ts'

/** A proposer that asks for sums, and an answerer that is right most of the time, by a program if the sum is even. */
export const adders: Writer = (weights, prompt, seed) => {
  const stream = seededStream(seed, `${weights}:${prompt}`)
  if (prompt.includes('Propose')) {
    const [left, right] = [stream.below(90) + 1, stream.below(90) + 1]
    const isCut = stream.below(10) === 0
    return isCut
      ? `<question>Let x=${left}`
      : `<question>Let x=${left}. Then add ${right}. What is x?</question>\n\\boxed{0}${END}`
  }
  const [, left, right] = /Let x=(\d+)\. Then add (\d+)/.exec(prompt)!
  const sum = Number(left) + Number(right)
  const answer = stream.below(3) === 0 ? sum + 1 + stream.below(5) : sum
  if (sum % 2 === 1 || prompt.includes('```output')) return `\\boxed{${answer}}${END}`
  return `\`\`\`python\nprint(${answer})\n\`\`\`\n`
}

/** Runs `print(n)`, and nothing else. */
export const fakeSandbox: Sandbox = {
  execute: async ({ source, seed }) => ({
    verdict: okVerdict(`${/print\((\d+)\)/.exec(source)![1]}\n`, seed),
    cached: false,
  }),
  openSession: () => Promise.reject(new Error('no session was asked for')),
  guarantees: () => ({ backend: 'docker', imageDigest: 'sha256:fake', notGuaranteed: [] }),
  stats: () => {
    throw new Error('nobody needs figures here')
  },
  close: async () => {},
}

/** In a world of integers the grader is never asked. */
export const fakeGrader: Grader = {
  compare: ([pair]) => Promise.reject(new Error(`no grader is needed to compare ${String(pair)}`)),
}

export const heldOut = [1, 2].map((n) => ({ question: `Let x=${n}. Then add ${n}. What is x?`, answer: 2 * n }))

/** The smallest run in which everything happens. */
export function smallConfig(name: string, changes: Record<string, unknown> = {}): RunConfig {
  return RunConfigSchema.parse({
    name,
    iterations: 1,
    model: { base: 'models/tiny-world' },
    prompts: { curriculum: 'Propose.', executor: 'Solve: {question}\n' },
    rollout: { turnsMax: 3, promptTokensMax: 100, responseTokensMax: 200, toolOutputTokensMax: 40, traceShare: 0 },
    curriculum: { steps: 2, groupsPerStep: 1, groupSize: 4, answers: { samplesPerTask: 4 } },
    curation: {
      poolSize: 8,
      answers: { samplesPerTask: 6 },
      tasksMin: 2,
      proposalsMax: 64,
      duplicates: { bleuDistanceMin: 'none' },
    },
    executor: { steps: 2, tasksPerStep: 2, groupSize: 4, training: { warmupSteps: 0 } },
    evaluation: {
      heldOut: { file: 'held-out', samplesPerTask: 3 },
      frozenExecutor: { tasksMax: 3, samplesPerTask: 3 },
      truth: 'tiny-world',
    },
    ...changes,
  })
}
