import { type Command, Option } from 'commander'
import type { AnswerSampling } from '../contracts/config/rollout.ts'
import { iterationId, runId, sampleId, stageId, stepId, taskId } from '../contracts/ids.ts'
import type { Role } from '../contracts/primitives.ts'
import type { Rollout } from '../contracts/rollout.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { Vote } from '../contracts/vote.ts'
import { driveRollouts } from '../core/rollout/drive.ts'
import { recipes } from '../core/recipes/index.ts'
import { effectsFor } from '../core/rollout/effects.ts'
import { limitsOf, startRollout } from '../core/rollout/rollout-state.ts'
import { stopTokenIds } from '../core/rollout/stop-tokens.ts'
import { byDecisions, pairsToCompare } from '../core/voting/pairs-to-compare.ts'
import { vote } from '../core/voting/vote.ts'
import { defaultLimits, graderOn, openSandbox } from '../services/sandbox/open.ts'
import { encodePrompt, type Prompt } from '../core/rollout/prompt.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { openTokenizer } from '../services/model-server/open-tokenizer.ts'
import type { Journal, ModelServer, Sandbox, ServablePolicy, Tokenizer } from '../contracts/ports/index.ts'
import { SetupProblem } from '../host/problem.mjs'
import { positiveNumber, wholeNumber } from './options.ts'
import { checkBase, openRunningModel } from './running-model.ts'
import { baseFolder, configOf, DEFAULT_CONFIG } from './up-options.ts'
import { print } from './print.ts'
import { namedBackend, readMachine } from '../host/machine.ts'

interface AskFlags {
  config: string
  policy?: string
  role: Role
  samples: number
  seed?: number
}

const TASK = taskId(stepId(stageId(iterationId(runId('ask'), 1), 'ask'), 0), 0)

interface Parts {
  config: RunConfig
  models: ModelServer
  tokenizer: Tokenizer
  policy: ServablePolicy
  sandbox: ReturnType<typeof lazySandbox>
}

/** The policy of a name, as the servers have loaded it; the base model if none is named. */
async function servedPolicy(model: ModelServer, name: string | undefined): Promise<ServablePolicy> {
  if (name === undefined) return { name: 'base', checkpointDir: null }
  const policies = (await model.health()).flatMap((server) => server.policies)
  const [base] = policies
  const found = policies.find((policy) => policy.name === name)
  if (found !== undefined) return { name, checkpointDir: found.name === base!.name ? null : found.checkpointDir }
  const names = [...new Set(policies.map((policy) => policy.name))].join(', ')
  throw new SetupProblem(`No server has loaded the policy ${name}; loaded are: ${names}.`)
}

/** How the recipe samples: answers to a question, as for its pool of tasks; or proposals, which are one generation each. */
function samplingOf(
  config: RunConfig,
  asked: string | undefined,
  { samples: samplesPerTask }: AskFlags,
): AnswerSampling {
  const { stages } = recipes[config.recipe]
  if (asked !== undefined) {
    const curation = stages.find((stage) => stage.kind === 'curation')
    if (curation === undefined) throw new SetupProblem(`The recipe ${config.recipe} has no stage that answers tasks.`)
    return { ...curation.settings(config).answers, samplesPerTask }
  }
  const parts = stages.flatMap((stage) => (stage.kind === 'online-training' ? stage.parts : []))
  const proposing = parts.find((part) => part.kind === 'propose')
  if (proposing === undefined) throw new SetupProblem(`The recipe ${config.recipe} has no stage that proposes tasks.`)
  return { samplesPerTask, tool: 'none', sampling: proposing.batch(config).sampling }
}

/** The sandbox, opened for the first program. */
function lazySandbox() {
  let opening: Promise<Sandbox> | undefined
  const open = () => (opening ??= openSandbox({ templates: ['bare', 'math'], ...namedBackend(readMachine()) }))
  return {
    open,
    execute: async (...given: Parameters<Sandbox['execute']>) => (await open()).execute(...given),
    openSession: async (...given: Parameters<Sandbox['openSession']>) => (await open()).openSession(...given),
    close: async () => (await opening)?.close(),
  }
}

/** A journal in memory: nothing of what is asked here lasts. */
function forgetfulJournal(): Journal {
  const events = new Map<string, unknown>()
  return {
    entries: () => events,
    putIfAbsent: async (slot, value) => {
      if (!events.has(slot)) events.set(slot, value)
      return events.get(slot)
    },
    close: async () => undefined,
  }
}

/** The proposer's prompt; one that is drawn is the same for all samples. */
function proposerPromptOf(config: RunConfig): Prompt {
  const asked = recipes[config.recipe].proposePrompt(config)
  return asked.kind === 'fixed' ? asked.prompt : asked.draw(seededStream(config.seed, `${TASK}/prompt`))
}

/** Rolls out as a run does: same prompts, seeds, sessions and limits, by the same effects. */
function rollOut(parts: Parts, asked: string | undefined, flags: AskFlags): Promise<Rollout[]> {
  const { config: given, models, policy, tokenizer, sandbox } = parts
  const config = { ...given, seed: flags.seed ?? given.seed }
  const recipe = recipes[config.recipe]
  const prompt = asked === undefined ? proposerPromptOf(config) : recipe.answerPrompt(config, asked)
  const settings = samplingOf(config, asked, flags)
  const limits = limitsOf(config.rollout, settings.tool, stopTokenIds(config.rollout, tokenizer))
  const start = { policy: policy.name, limits, promptTokenIds: encodePrompt(tokenizer, prompt) }
  const states = Array.from({ length: settings.samplesPerTask }, (_, sample) =>
    startRollout({ ...start, id: sampleId(TASK, sample) }),
  )
  const effects = effectsFor({ models, sandbox, tokenizer, executionLimits: defaultLimits }, config, {
    policy,
    settings,
    task: TASK,
    journal: forgetfulJournal(),
    tell: () => undefined,
    signal: new AbortController().signal,
  })
  return driveRollouts(config.seed, states, effects)
}

async function voteOn(rollouts: readonly Rollout[], { config, sandbox }: Parts): Promise<Vote> {
  const answers = rollouts.map(({ answer }) => answer)
  const pairs = pairsToCompare(answers, config.answers)
  const decisions = pairs.length === 0 ? [] : await graderOn(await sandbox.open()).compare(pairs, config.answers)
  return vote(answers, byDecisions(pairs, decisions, config.answers))
}

function describeAnswer({ turns, responseTokenIds: tokenIds, ending, answer }: Rollout): string {
  const programs = turns.filter(({ toolCall }) => toolCall !== null).length
  const outcome = answer === null ? ending : `answered ${answer}`
  return `${outcome} · ${tokenIds.length} tokens, turns: ${turns.length}, programs: ${programs}`
}

function describeProposal(config: RunConfig, { turns, responseTokenIds: tokenIds }: Rollout): string {
  const proposal = recipes[config.recipe].readProposal(config, turns[0]?.text ?? '')
  return `${proposal.kind === 'well_formed' ? 'well formed' : proposal.problem} · ${tokenIds.length} tokens`
}

function transcript({ turns }: Rollout): string {
  return turns
    .map(({ text, toolCall }) => text + (toolCall?.output ?? ''))
    .join('')
    .trimEnd()
}

function showVote({ size, votes, abstained, label, pHat }: Vote): void {
  const classes = votes.toSorted((a, b) => b.count - a.count).map(({ answer, count }) => `${count} × ${answer}`)
  const counts = [...classes, ...(abstained > 0 ? [`${abstained} × no answer`] : [])]
  print(`Vote of ${size}: ${counts.join(', ')}`)
  print(label === null ? 'No label: nobody answered.' : `Label ${label}, p̂ = ${pHat.toFixed(2)}`)
}

async function ask(question: string | undefined, flags: AskFlags): Promise<void> {
  if (flags.role === 'executor' && question === undefined)
    throw new SetupProblem('A question is needed: agent0 ask "Let x=48. Then square it. What is x?"')
  const config = configOf(flags.config)
  const models = openRunningModel()
  const sandbox = lazySandbox()
  try {
    await checkBase(models, config)
    const policy = await servedPolicy(models, flags.policy)
    const tokenizer = await openTokenizer(baseFolder(config))
    const asked = flags.role === 'executor' ? question : undefined
    const parts = { config, models, tokenizer, policy, sandbox }
    const rollouts = await rollOut(parts, asked, flags)
    for (const [sample, rollout] of rollouts.entries()) {
      const outcome = asked === undefined ? describeProposal(config, rollout) : describeAnswer(rollout)
      print(`── sample ${sample}: ${outcome}\n${transcript(rollout)}\n`)
    }
    if (asked !== undefined) showVote(await voteOn(rollouts, parts))
  } finally {
    await Promise.all([models.close(), sandbox.close()])
  }
}

/** `agent0 ask`: the smallest thing to try: samples of one task with the tool, and their vote. */
export function addAskCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('ask [question]')
    .description('let a policy answer a question with the tool, and vote; or, as curriculum, propose tasks')
    .option('--config <file>', 'the config with prompts, limits and sampling', DEFAULT_CONFIG)
    .option('--policy <name>', 'one of "agent0 models ls" (default: the base model)')
    .addOption(
      new Option('--role <role>', 'the agent whose prompt is used')
        .choices(['executor', 'curriculum'])
        .default('executor'),
    )
    .option('-k, --samples <number>', 'number of samples', positiveNumber, 10)
    .option('--seed <number>', "overrides the config's seed", wholeNumber)
    .action(async (question: string | undefined, flags: AskFlags) => {
      await ask(question, flags)
      finish(0)
    })
}
