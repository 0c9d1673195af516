import { z } from 'zod'
import { AlertsConfig } from './config/alerts.ts'
import { AnswersConfig } from './config/answers.ts'
import { BudgetConfig } from './config/budget.ts'
import { CurationConfig } from './config/curation.ts'
import { CurriculumConfig } from './config/curriculum.ts'
import { EvaluationConfig } from './config/evaluation.ts'
import { ExecutorConfig } from './config/executor.ts'
import { ModelConfig } from './config/model.ts'
import { PublicationConfig } from './config/publication.ts'
import { PromptsConfig } from './config/prompts.ts'
import { RolloutConfig } from './config/rollout.ts'
import { resolvedLoss } from './config/loss.ts'
import { wholeRunProblems } from './config/whole-run-problems.ts'
import { valueAt } from './config-problems.ts'
import { currentConfig } from './former-config.ts'

export const RunName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes, 40 characters at most')

/**
 * The config of a run: what a person writes (`RunConfigInput`, few lines) and what the machine uses (`RunConfig`, every
 * default filled in). The resolved form travels as workflow input and is saved with the run.
 *
 * **Where a constant of the paper is:** each section is a file of `contracts/config/`. The description of a key gives its
 * symbol, unit and source ([P] paper, [C] released code, [D] our choice), and is what docs/reference/config.md shows.
 * `configs/default.yaml`, `paper.yaml` and `code.yaml` spell out all of them side by side.
 */
export const RunConfig = z
  .strictObject({
    name: RunName.describe(
      "Names the run's folder, workflow ids and policies. Lower-case letters, digits and dashes, at most 40 characters.",
    ),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(1)
      .describe('Root of every random stream of the run. [D] 1.'),
    recipe: z
      .enum(['agent0'])
      .default('agent0')
      .describe('The algorithm: the order of stages and the functions in them (core/recipes/).'),
    iterations: z.int().min(1).max(100).default(3).describe('T, how often both agents are trained in turn. [P] 3.'),
    budget: BudgetConfig.prefault({}),
    model: ModelConfig.prefault({}),
    prompts: PromptsConfig.prefault({}),
    rollout: RolloutConfig.prefault({}),
    curriculum: CurriculumConfig.prefault({}),
    curation: CurationConfig.prefault({}),
    executor: ExecutorConfig.prefault({}),
    publication: PublicationConfig.prefault({}),
    answers: AnswersConfig.prefault({}),
    evaluation: EvaluationConfig.prefault({}),
    alerts: AlertsConfig.prefault({}),
  })
  .transform((config) => {
    const loss = resolvedLoss(config.executor.loss, config.curation.band)
    return { ...config, executor: { ...config.executor, loss } }
  })
  .superRefine((config, context) => {
    for (const { path, allowed } of wholeRunProblems(config)) {
      context.addIssue({ code: 'custom', path, message: allowed, input: valueAt(config, path) })
    }
  })

export type RunConfig = z.output<typeof RunConfig>
export type RunConfigInput = z.input<typeof RunConfig>

/** A config that a run has stored, in a history or in the store: the version before this one may have written it. */
export const StoredRunConfig = z.preprocess((value) => currentConfig(value), RunConfig)
