import type { ExecutionResult } from '../../contracts/execution-result.ts'
import type { GenerateRequest, Grader, ModelServer, Program, Sandbox, Tokenizer } from '../../contracts/ports/index.ts'
import type { Generation } from '../../contracts/rollout.ts'
import type { Equivalence } from '../../contracts/vote.ts'
import { SOURCE_BYTES_MAX } from '../../services/sandbox/frames.ts'
import { ActivityRig } from './activity-rig.ts'
import { okVerdict } from './fake-sandbox.ts'
import type { HostileTexts } from './hostile-texts.ts'
import { seededRandom } from './seeded-random.ts'

const STREAM_CHARACTERS_MAX = 65_536

/** How many texts of each kind went through. */
export interface TextCounts {
  questions: number
  turns: number
  programs: number
  outputs: number
  answers: number
}

function hostileModels(texts: HostileTexts, counts: TextCounts): Pick<ModelServer, 'generate'> {
  const random = seededRandom(17)
  const written = ({ task }: GenerateRequest) => {
    if (task.includes('/proposals-')) {
      counts.questions++
      return texts.proposal()
    }
    counts.turns++
    // Some answers have to agree, or no task is kept.
    return random.integer(3) === 0 ? `\\boxed{${texts.pick(['1', '0.5', '1/2'])}}` : texts.turn()
  }
  return {
    generate: async (request) =>
      Array.from({ length: request.samples }, (_, index) => {
        const length = Math.min(request.tokensMax, 1 + random.integer(40))
        const tokenIds = Array.from({ length }, () => random.integer(500))
        const ended = texts.pick<Generation['finish']>(['end_of_sequence', 'stop_text', 'stop_text'])
        const finish: Generation['finish'] = length === request.tokensMax ? 'length' : ended
        const generation = {
          tokenIds,
          logprobs: tokenIds.map(() => -0.5),
          text: written(request),
          finish,
          seed: request.seed + index,
        }
        return { policy: request.policy.name, generation }
      }),
  }
}

/** Prints anything, ends in any way, and refuses what a sandbox refuses: a program that is too long. */
function hostileSandbox(texts: HostileTexts, counts: TextCounts): Sandbox {
  const streamed = () => Buffer.from(texts.text().slice(0, STREAM_CHARACTERS_MAX)).toString()
  const verdictOf = ({ source, seed }: Program): ExecutionResult => {
    if (Buffer.byteLength(source) > SOURCE_BYTES_MAX) throw new Error('a program that the sandbox refuses')
    counts.programs++
    counts.outputs++
    const { kind: _kind, ...evidence } = { ...okVerdict(streamed(), seed), stderr: streamed() }
    return texts.pick<() => ExecutionResult>([
      () => ({ kind: 'ok', ...evidence }),
      () => ({ kind: 'ok', ...evidence }),
      () => ({ kind: 'error', exitCode: 1, traceback: streamed(), memoryError: false, ...evidence }),
      () => ({ kind: 'timeout', clock: 'cpu', ...evidence }),
      () => ({ kind: 'crash', signal: 'SIGSEGV', ...evidence }),
      () => ({ kind: 'output_limit', ...evidence }),
      () => ({ kind: 'memory', ...evidence }),
    ])()
  }
  return { execute: async (program: Program) => ({ verdict: verdictOf(program), cached: false }) } as unknown as Sandbox
}

/** Decides without reading: the same answer to the same pair. */
const someGrader: Grader = {
  compare: async (pairs) =>
    pairs.map(
      ([left, right]) => (['equal', 'different', 'undecided'] as Equivalence[])[(left.length + right.length) % 3]!,
    ),
}

/** Services of a rig whose models and programs write anything, with a real tokenizer; the sandbox and the grader may be real ones too. */
export function anyTextServices(
  texts: HostileTexts,
  tokenizer: Tokenizer,
  real: { sandbox?: Sandbox; grader?: Grader } = {},
) {
  const rig = new ActivityRig()
  const counts: TextCounts = { questions: 0, turns: 0, programs: 0, outputs: 0, answers: 0 }
  const models = hostileModels(texts, counts) as ModelServer
  const { sandbox = hostileSandbox(texts, counts), grader = someGrader } = real
  return { rig, counts, services: { ...rig.services, models, tokenizer, sandbox, grader } }
}
