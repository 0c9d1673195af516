import type { RunConfig } from '../../contracts/run-config.ts'
import { parseProposal } from '../answers/parse-proposal.ts'
import { creditGroups } from '../advantages/credit.ts'
import { checkYield } from '../curriculum/check-yield.ts'
import { candidateFilter } from '../curriculum/candidate-filter.ts'
import { curriculumRewards } from '../rewards/curriculum-reward.ts'
import { fittingProposal, gatedProposal } from '../rewards/format.ts'
import { executorReward } from '../rewards/executor-reward.ts'
import { executorTemplate, proposerPrompt, shownProposals, shownQuestions } from '../prompts/agent-prompts.ts'
import { promptFrom } from '../rollout/prompt.ts'
import type { Recipe } from './recipe.ts'

/**
 * Agent0 (arXiv 2511.16043): a curriculum agent is paid for tasks on which the executor, with its tool, is divided;
 * the executor learns from its own majority on the best of them. Algorithm §1.
 */
export const agent0: Recipe<RunConfig> = {
  roles: ['curriculum', 'executor'],
  proposePrompt: ({ prompts }) => proposerPrompt(prompts),
  answerPrompt: ({ prompts }, question) => promptFrom(executorTemplate(prompts), question),
  readProposal: ({ curriculum, prompts, rollout }, text) => {
    const proposal = fittingProposal(rollout.promptTokensMax, parseProposal(text, shownProposals(prompts)))
    return gatedProposal(curriculum.reward.format, proposal)
  },
  stages: [
    {
      kind: 'online-training',
      name: 'curriculum',
      role: 'curriculum',
      steps: ({ curriculum }) => curriculum.steps,
      training: ({ curriculum }) => curriculum.training,
      loss: ({ curriculum }) => curriculum.loss,
      parts: [
        {
          kind: 'propose',
          role: 'curriculum',
          answeredBy: 'executor',
          batch: ({ curriculum: { groupsPerStep, groupSize, sampling } }) => ({
            groups: groupsPerStep,
            groupSize,
            sampling,
          }),
          answers: ({ curriculum }) => curriculum.answers,
          rewards: ({ curriculum }, proposals) => curriculumRewards(curriculum.reward, proposals),
          credit: ({ curriculum }, groups) => creditGroups(curriculum, groups),
        },
      ],
    },
    {
      kind: 'curation',
      name: 'curation',
      proposedBy: 'curriculum',
      answeredBy: 'executor',
      settings: ({ curation }) => curation,
      filter: ({ curation, prompts }, archive) => candidateFilter(curation, archive, shownQuestions(prompts)),
      checkYield: ({ curation }, pool) => checkYield(curation, pool),
    },
    {
      kind: 'online-training',
      name: 'executor',
      role: 'executor',
      steps: ({ executor }) => executor.steps,
      training: ({ executor }) => executor.training,
      loss: ({ executor }) => executor.loss,
      parts: [
        {
          kind: 'solve',
          role: 'executor',
          tasksFrom: 'curation',
          batch: ({ executor: { tasksPerStep, groupSize, sampling } }) => ({
            groups: tasksPerStep,
            groupSize,
            sampling,
          }),
          reward: ({ executor }, answer) => executorReward(executor.reward, answer),
          credit: ({ executor }, groups) => creditGroups(executor, groups),
        },
      ],
    },
    { kind: 'evaluation', name: 'evaluation', role: 'executor', settings: ({ evaluation }) => evaluation },
  ],
}
