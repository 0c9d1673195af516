import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RunConfig } from '../../contracts/run-config.ts'
import type { Grader, Sandbox, Tokenizer } from '../../contracts/ports/index.ts'
import { knownTruth } from '../../core/loop/known-truth.ts'
import { encodePrompt } from '../../core/rollout/prompt.ts'
import { recipes } from '../../core/recipes/index.ts'
import { openTokenizer } from '../../services/model-server/open-tokenizer.ts'
import { anyTextServices, type TextCounts } from './any-text-services.ts'
import { AnyTextWay, type Round, trajectoryOf } from './any-text-way.ts'
import { HostileTexts } from './hostile-texts.ts'
import { configFile } from './presets.ts'
import { smallConfig } from './small-world.ts'
import { problemsOfText, problemsOfTrajectory } from './leaving-texts.ts'

/** Ids of the tokens that only a template may put into a prompt. */
export function controlIdsOf(folder: string): Set<number> {
  const file = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as {
    added_tokens: { id: number; content: string }[]
    model: { unk_token?: string | null }
  }
  return new Set(file.added_tokens.filter(({ content }) => content !== file.model.unk_token).map(({ id }) => id))
}

/** What a round breaks of the laws for any text. */
export class AnyTextLaws {
  readonly #config: RunConfig
  readonly #controls: ReadonlySet<number>
  readonly #honest: string
  readonly #counts: TextCounts

  constructor(config: RunConfig, folder: string, tokenizer: Tokenizer, counts: TextCounts) {
    this.#config = config
    this.#controls = controlIdsOf(folder)
    this.#honest = this.#controlsIn(
      encodePrompt(tokenizer, recipes[config.recipe].answerPrompt(config, 'What is 1+1?')),
    )
    this.#counts = counts
  }

  problemsOf({ proposals, outcomes, rollouts, rows }: Round): string[] {
    const texts = [
      ...proposals.map(({ generation }) => generation.text),
      ...outcomes.flatMap(({ question, samples }) => [question, ...samples.flatMap(({ answer }) => answer ?? [])]),
      ...rollouts.flatMap(({ turns }) =>
        turns.flatMap(({ text, toolCall }) => [text, ...(toolCall ? [toolCall.code, toolCall.output] : [])]),
      ),
    ]
    this.#counts.answers += outcomes.flatMap(({ samples }) => samples).filter(({ answer }) => answer !== null).length
    for (const { question } of outcomes) knownTruth('tiny-world', question)
    return [
      ...(rows === 0 ? ['a batch without rows'] : []),
      ...rollouts.flatMap((rollout) => this.#problemsOfRollout(rollout)),
      ...outcomes.flatMap(({ id, vote, samples }) => {
        if (vote === null) return []
        const votes = vote.votes.reduce((sum, { count }) => sum + count, 0)
        return votes + vote.abstained === samples.length ? [] : [`${id}: ${votes} votes of ${samples.length}`]
      }),
      ...[...new Set(texts)].flatMap(problemsOfText),
      ...outcomes.flatMap((outcome) => problemsOfTrajectory(trajectoryOf(outcome, rollouts))),
    ]
  }

  #problemsOfRollout({
    id,
    promptTokenIds,
    responseTokenIds,
    responseMask,
    turns,
  }: Round['rollouts'][number]): string[] {
    const { responseTokensMax, toolOutputTokensMax, turnsMax } = this.#config.rollout
    const forced = this.#controlsIn(responseTokenIds.filter((_, index) => responseMask[index] === 0))
    const outputs = turns.flatMap(({ toolCall }) => toolCall?.outputTokens ?? [])
    return [
      ...(this.#controlsIn(promptTokenIds) === this.#honest ? [] : [`${id}: control tokens in its prompt`]),
      ...(forced === '' ? [] : [`${id}: control tokens in an output: ${forced}`]),
      ...(responseTokenIds.length <= responseTokensMax ? [] : [`${id}: ${responseTokenIds.length} tokens`]),
      ...(turns.length <= turnsMax ? [] : [`${id}: ${turns.length} turns`]),
      ...(outputs.every((size) => size <= toolOutputTokensMax) ? [] : [`${id}: outputs of ${outputs.join()} tokens`]),
    ]
  }

  #controlsIn(ids: readonly number[]): string {
    return ids.filter((id) => this.#controls.has(id)).join()
  }
}

const config = smallConfig('small', {
  prompts: RunConfig.parse(configFile('tiny-world').written).prompts,
  rollout: { turnsMax: 3, promptTokensMax: 2_048, responseTokensMax: 512, toolOutputTokensMax: 64, traceShare: 0 },
  curriculum: { steps: 1, groupsPerStep: 4, groupSize: 4, answers: { samplesPerTask: 4 } },
  curation: { poolSize: 16, answers: { samplesPerTask: 4 }, tasksMin: 2, proposalsMax: 16 },
})

/** Sends hostile texts through so many rounds, 190 texts each on average; gives what broke, and how many texts there were. */
export async function anyTextRounds(given: {
  /** Folder of a base model. */
  folder: string
  seed: number
  rounds: number
  /** Characters of the longest texts. */
  repeatedMax: number
  real?: { sandbox?: Sandbox; grader?: Grader }
  /** Another tokenizer, made of the folder's. */
  altered?: (tokenizer: Tokenizer) => Tokenizer
}): Promise<{ problems: string[]; counts: TextCounts; texts: number; kept: number }> {
  const { altered = (tokenizer: Tokenizer) => tokenizer } = given
  const tokenizer = altered(await openTokenizer(given.folder))
  const hostile = new HostileTexts(given.seed, given.repeatedMax)
  const { rig, services, counts } = anyTextServices(hostile, tokenizer, given.real)
  const laws = new AnyTextLaws(config, given.folder, tokenizer, counts)
  const way = new AnyTextWay(services, config, await rig.contextOf(config))
  const problems = new Set<string>()
  let kept = 0
  for (let iteration = 1; iteration <= given.rounds; iteration++) {
    const round = await way.round(iteration)
    kept += round.kept
    for (const problem of laws.problemsOf(round)) problems.add(problem)
  }
  const texts = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return { problems: [...problems].slice(0, 20), counts, texts, kept }
}
