import { type Command, Option } from 'commander'
import { iterationId, runId, sampleId, stageId, stepId, taskId } from '../contracts/ids.ts'
import type { Role } from '../contracts/primitives.ts'
import type { Rollout } from '../contracts/rollout.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { Vote } from '../contracts/vote.ts'
import { parseProposal } from '../core/answers/parse-proposal.ts'
import { gatedProposal } from '../core/rewards/format.ts'
import { driveRollouts } from '../core/rollout/drive.ts'
import { recipes } from '../core/recipes/index.ts'
import { historyOf, STOP_TEXT, notRun } from '../core/rollout/next-action.ts'
import { type RolloutState, startRollout } from '../core/rollout/rollout-state.ts'
import { toolOutput } from '../core/rollout/tool-output.ts'
import { byDecisions, pairsToCompare } from '../core/voting/pairs-to-compare.ts'
import { vote } from '../core/voting/vote.ts'
import { defaultLimits, graderOn, openSandbox } from '../services/sandbox/open.ts'
import { encodePrompt } from '../core/rollout/prompt.ts'
import { openTokenizer } from '../services/model-server/open-tokenizer.ts'
import type { ModelServer, Sandbox, ServablePolicy, Tokenizer } from '../contracts/ports/index.ts'
import { SetupProblem } from '../host/problem.mjs'
import { positiveNumber, wholeNumber } from './options.ts'
import { checkBase, openRunningModel } from './running-model.ts'
import { baseFolder, configOf, DEFAULT_CONFIG } from './up-options.ts'

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
  model: ModelServer
  tokenizer: Tokenizer
  policy: ServablePolicy
  programs: ReturnType<typeof runner>
}

/** The policy of a name, as the servers have loaded it; the base model if none is named. */
async function policyOf(model: ModelServer, name: string | undefined): Promise<ServablePolicy> {
  if (name === undefined) return { name: 'base', checkpointDir: null }
  const policies = (await model.health()).flatMap((server) => server.policies)
  const [base] = policies
  const found = policies.find((policy) => policy.name === name)
  if (found !== undefined) return { name, checkpointDir: found.name === base!.name ? null : found.checkpointDir }
  const names = [...new Set(policies.map((policy) => policy.name))].join(', ')
  throw new SetupProblem(`No server has loaded the policy ${name}; loaded are: ${names}.`)
}

function starts({ config, policy, tokenizer }: Parts, question: string | undefined, { samples }: AskFlags) {
  const { rollout } = config
  const recipe = recipes[config.recipe]
  const prompt = question === undefined ? recipe.proposePrompt(config) : recipe.answerPrompt(config, question)
  const { session: _session, traceShare: _traceShare, ...limits } = rollout
  // A proposal is one generation.
  const given = question === undefined ? { ...limits, turnsMax: 1 } : limits
  const start = { policy: policy.name, limits: given, promptTokenIds: encodePrompt(tokenizer, prompt) }
  return Array.from({ length: samples }, (_, sample) => startRollout({ ...start, id: sampleId(TASK, sample) }))
}

/** The sandbox, opened for the first program. Programs of one rollout run in one interpreter if the config says so. */
function runner({ rollout }: RunConfig) {
  let opening: Promise<Sandbox> | undefined
  const sandbox = () => (opening ??= openSandbox({ templates: ['bare', 'math'] }))
  const sessions = new Map<string, ReturnType<Sandbox['openSession']>>()
  const run = async (code: string, state: RolloutState) => {
    const program = { source: code, seed: 0 }
    if (rollout.session === 'stateless') return (await (await sandbox()).execute(program, defaultLimits)).verdict
    const session = sessions.get(state.id) ?? (await sandbox()).openSession([], defaultLimits)
    sessions.set(state.id, session)
    return (await session).run(program, defaultLimits)
  }
  const close = async () => {
    for (const session of sessions.values()) await (await session).close()
    await (await opening)?.close()
  }
  return { sandbox, run, close }
}

function rollOut(parts: Parts, question: string | undefined, flags: AskFlags): Promise<Rollout[]> {
  const { config, model, policy, tokenizer, programs } = parts
  const { sampling } = question === undefined ? config.curriculum : config.curation.answers
  return driveRollouts(flags.seed ?? config.seed, starts(parts, question, flags), {
    generate: ({ state, tokensMax, seed, turns }) =>
      model.generate({
        policy,
        promptTokenIds: historyOf(state),
        sampling,
        tokensMax,
        stop: question === undefined ? [] : [STOP_TEXT],
        seed,
        samples: turns.length,
        task: TASK,
      }),
    execute: async (code, state) => {
      const verdict = notRun(state.limits, code) ?? (await programs.run(code, state))
      return { verdict, output: toolOutput(state, verdict, tokenizer.encode) }
    },
    record: async (_state, event) => event,
  })
}

async function voteOn(rollouts: readonly Rollout[], { programs }: Parts): Promise<Vote> {
  const answers = rollouts.map(({ answer }) => answer)
  const pairs = pairsToCompare(answers)
  if (pairs.length === 0) return vote(answers)
  const decisions = await graderOn(await programs.sandbox()).compare(pairs)
  return vote(answers, byDecisions(pairs, decisions))
}

function answerOf({ turns, responseTokenIds: tokenIds, ending, answer }: Rollout): string {
  const programs = turns.filter(({ toolCall }) => toolCall !== null).length
  const outcome = answer === null ? ending : `answered ${answer}`
  return `${outcome} · ${tokenIds.length} tokens, turns: ${turns.length}, programs: ${programs}`
}

function proposalOf({ curriculum }: RunConfig, { turns, responseTokenIds: tokenIds }: Rollout): string {
  const proposal = gatedProposal(curriculum.reward.format, parseProposal(turns[0]?.text ?? ''))
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
  console.log(`Vote of ${size}: ${counts.join(', ')}`)
  console.log(label === null ? 'No label: nobody answered.' : `Label ${label}, p̂ = ${pHat.toFixed(2)}`)
}

async function ask(question: string | undefined, flags: AskFlags): Promise<void> {
  if (flags.role === 'executor' && question === undefined)
    throw new SetupProblem('A question is needed: agent0 ask "Let x=48. Then square it. What is x?"')
  const config = configOf(flags.config)
  const model = openRunningModel()
  const programs = runner(config)
  try {
    await checkBase(model, config)
    const policy = await policyOf(model, flags.policy)
    const tokenizer = await openTokenizer(baseFolder(config))
    const asked = flags.role === 'executor' ? question : undefined
    const parts = { config, model, tokenizer, policy, programs }
    const rollouts = await rollOut(parts, asked, flags)
    for (const [sample, rollout] of rollouts.entries()) {
      const outcome = asked === undefined ? proposalOf(config, rollout) : answerOf(rollout)
      console.log(`── sample ${sample}: ${outcome}\n${transcript(rollout)}\n`)
    }
    if (asked !== undefined) showVote(await voteOn(rollouts, parts))
  } finally {
    await Promise.all([model.close(), programs.close()])
  }
}

/** `agent0 ask`: the smallest thing to try: samples of one task with the tool, and their vote. */
export function addAskCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('ask [question]')
    .description('let a policy answer a question with the tool, and vote; or, as curriculum, propose tasks')
    .option('--config <file>', 'whose prompts, limits and sampling', DEFAULT_CONFIG)
    .option('--policy <name>', 'one of "agent0 models ls" (default: the base model)')
    .addOption(new Option('--role <role>', 'whose prompt').choices(['executor', 'curriculum']).default('executor'))
    .option('-k, --samples <number>', 'how many samples', positiveNumber, 10)
    .option('--seed <number>', "another seed than the config's gives other samples", wholeNumber)
    .action(async (question: string | undefined, flags: AskFlags) => {
      await ask(question, flags)
      finish(0)
    })
}
