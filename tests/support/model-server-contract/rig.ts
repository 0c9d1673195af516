import type { Canary } from '../../../contracts/canary.ts'
import type {
  CanaryCheck,
  GenerateRequest,
  ModelServer,
  Sampled,
  ServablePolicy,
} from '../../../contracts/ports/model-server.ts'
import { aServablePolicy } from '../policies.ts'

export interface ScoredSample {
  policy: 'base' | 'first' | 'second'
  promptTokenIds: number[]
  tokenIds: number[]
}

/** What the contract is tried on: a server, two adapters that it can load, and what a trainer says of them. */
export interface ContractSubject {
  server: ModelServer
  folders: { first: string; second: string }
  canaries: Record<'base' | 'first' | 'second', Canary>
  /** Token of one character. */
  tokenOf: (character: string) => number
  /** Text of tokens; none for those that have no text. */
  textOf: (tokenIds: readonly number[]) => string
  /** Recomputes logprobs as the trainer does. */
  score?: (samples: readonly ScoredSample[]) => Promise<number[][]>
  /** Makes the server lose its adapters as a restart does. */
  forget?: () => Promise<void>
  close: () => Promise<void>
}

const PROMPT = 'What is 6*7?\n'

export const tokensOf = (sampled: readonly Sampled[]) => sampled.map(({ generation }) => generation.tokenIds)

/** What the laws are told in: the subject, once it is open, its three policies, and a request to vary. */
export class ContractRig {
  subject!: ContractSubject
  policies!: Record<'base' | 'first' | 'second', ServablePolicy>

  start(subject: ContractSubject): void {
    const { first, second } = subject.folders
    this.subject = subject
    this.policies = {
      base: aServablePolicy(0, null),
      first: aServablePolicy(1, first),
      second: aServablePolicy(2, second),
    }
  }

  /** What a server is held against that serves a policy. */
  check(of: 'base' | 'first' | 'second', changes: Partial<CanaryCheck> = {}): CanaryCheck {
    return { canary: this.subject.canaries[of], bound: 1e-3, isAccepted: false, ...changes }
  }

  prompt(): number[] {
    return Array.from(PROMPT, this.subject.tokenOf)
  }

  generate(changes: Partial<GenerateRequest> = {}): Promise<Sampled[]> {
    return this.subject.server.generate({
      policy: this.policies.base,
      promptTokenIds: this.prompt(),
      sampling: { temperature: 1, topP: 1, topK: 'none' },
      tokensMax: 24,
      stop: [],
      seed: 5,
      samples: 1,
      task: 'task-1',
      ...changes,
    })
  }
}
