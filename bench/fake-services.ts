import { setTimeout as sleep } from 'node:timers/promises'
import type { Services } from '../activities/services.ts'
import type { ExecutionResult } from '../contracts/execution-result.ts'
import type { ArtifactStore } from '../contracts/ports/artifact-store.ts'
import type { GenerateRequest, ModelServer, Sampled } from '../contracts/ports/model-server.ts'

const PROGRAM = '```python\nprint(7)\n```\n'
const ANSWER = '\\boxed{7}'

const encode = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0)!)
const decode = (tokenIds: readonly number[]) => String.fromCodePoint(...tokenIds)

function unused(): never {
  throw new Error('a bench of the loop needs no such service')
}

export interface FakeModel {
  /** 1: the answer; 2: a program before it. */
  turns: 1 | 2
  /** How long the model takes for a turn. */
  turnMs: number
  /** By what share of that the turns of a task are faster or slower. */
  spread: number
}

/** Milliseconds of a turn, known from the task's number: even over 64 tasks in a row, in an order that mixes them. */
function latencyOf(prompt: string, { turnMs, spread }: FakeModel): number {
  const number = Number(/7 \+ (\d+)/.exec(prompt)![1])
  return turnMs * (1 + spread * (2 * (((number * 37) % 64) / 63) - 1))
}

/** A model of known latency that costs no CPU: each turn sleeps, then says what it always says. */
function sleepingModel(model: FakeModel, onRequest: () => void): ModelServer {
  const { turns } = model
  const write = ({ policy, promptTokenIds, seed }: GenerateRequest): Sampled => {
    const isLast = turns === 1 || decode(promptTokenIds).includes('```output')
    const text = isLast ? ANSWER : PROGRAM
    const tokenIds = encode(text)
    const finish = isLast ? 'end_of_sequence' : 'stop_text'
    return { policy: policy.name, generation: { tokenIds, logprobs: tokenIds.map(() => -1), text, finish, seed } }
  }
  return {
    generate: async (request) => {
      onRequest()
      const latency = latencyOf(decode(request.promptTokenIds), model)
      if (latency > 0) await sleep(latency, undefined, request.signal && { signal: request.signal })
      return Array.from({ length: request.samples }, (_, index) => write({ ...request, seed: request.seed + index }))
    },
    ensurePolicy: unused,
    compareBase: unused,
    unload: unused,
    health: async () => [],
    close: async () => {},
  }
}

function printed(seed: number): ExecutionResult {
  const streams = { stdout: '7\n', stderr: '', truncated: false, stdoutBytes: 2, stderrBytes: 0 }
  const usage = { cpuMs: 1, wallMs: 2, maxRssBytes: 15 << 20, oomKills: 0 }
  return { kind: 'ok', ...streams, ...usage, seed, imageDigest: 'none', backend: 'docker' }
}

/** Everything around the loop without its cost: a sleeping model, a sandbox that prints 7 at once, `heldOut` tasks. */
export function fakeServices(
  store: ArtifactStore,
  model: FakeModel,
  heldOut: number,
  onRequest: () => void,
): Omit<Services, 'histories'> {
  return {
    store,
    models: sleepingModel(model, onRequest),
    tokenizer: { endTokenIds: [], controlId: () => null, encode, encodeTemplate: encode, decode },
    sandbox: {
      execute: async ({ seed }) => ({ verdict: printed(seed), cached: false }),
      openSession: unused,
      guarantees: unused,
      stats: unused,
      close: async () => {},
    },
    executionLimits: { cpuMs: 1_000, wallMs: 2_000, memoryBytes: 1 << 20, outputBytes: 1 << 20 },
    // All answers are the same text.
    grader: { compare: unused },
    trainer: { step: unused, head: unused, hold: unused, close: async () => {} },
    heldOutTasks: async () => Array.from({ length: heldOut }, (_, n) => ({ question: `What is 7 + ${n}?`, answer: 7 })),
  }
}
