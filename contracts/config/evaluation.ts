import { z } from 'zod'
import { EvaluationSampling } from './sampling.ts'

export const EvaluationConfig = z
  .strictObject({
    heldOut: z
      .strictObject({
        file: z
          .string()
          .min(1)
          .default('none')
          .describe(
            'JSON lines with `question` and `answer`: an absolute path, or relative to the checkout. [D] none: bring your own.',
          ),
        corrections: z
          .string()
          .min(1)
          .default('none')
          .describe(
            'JSON lines with `id`, and `answer` or `leaveOut: true`: what the file is known to have wrong, by the `id` of its lines. A path as above. [D] none.',
          ),
        samplesPerTask: z.int().min(1).max(1024).default(10).describe('k, answers per task. [D] 10.'),
        sampling: EvaluationSampling.prefault({}).describe('How answers are sampled; temperature 0 is greedy.'),
      })
      .prefault({})
      .describe('Held-out tasks: their answers give mean@k, and by majority vote maj@k.'),
    frozenExecutor: z
      .strictObject({
        tasksMax: z.int().min(0).default(200).describe('Tasks drawn from those that were kept; 0 for none. [D] 200.'),
        samplesPerTask: z.int().min(1).max(1024).default(10).describe('Answers per task. [P, D] 10.'),
      })
      .prefault({})
      .describe(
        'The executor of iteration 1 answers the new tasks of each iteration, sampled as in heldOut. Harder tasks lower its pass rate.',
      ),
    truth: z
      .enum(['none', 'tiny-world'])
      .default('none')
      .describe(
        'What computes the right answers to questions that agents write; `tiny-world` computes those of its grammar. [D] none.',
      ),
    labelCheck: z
      .strictObject({ tasksMax: z.int().min(0).default(200).describe('Tasks that are checked; 0 for none. [D] 200.') })
      .prefault({})
      .describe('Kept tasks whose pseudo-label is compared with the right answer, where `truth` knows it.'),
  })
  .describe("Stage 4: how good the iteration's executor is. Nothing of it enters training. Algorithm §1 and §7.")

export type EvaluationConfig = z.output<typeof EvaluationConfig>
