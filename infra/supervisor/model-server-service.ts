import { join } from 'node:path'
import { ROOT } from '../../host/paths.mjs'
import { type Secrets, SERVER_KEY_VARIABLE } from '../../host/secrets.ts'
import { engineWatch } from './engine-watch.ts'
import type { Command, Service } from './service.ts'

/** The base model that `up` makes available, and what serves it. */
export interface ModelOptions {
  /** Folder of the base model, absolute. */
  base: string
  /** Where a server that we start listens, on 127.0.0.1. */
  port: number
  /** Tokens of a prompt and its response together. */
  contextTokensMax: number
  /** The largest rank of an adapter that will be loaded. */
  loraRankMax: number
  engine:
    | { kind: 'embedded'; python: string }
    | { kind: 'vllm'; command: string; device: 'cpu' | 'gpu' }
    | { kind: 'external'; urls: readonly string[] }
    /** What the machine config asks for is not on this machine; the sentence says what to do. `up` refuses. */
    | { kind: 'absent'; sentence: string }
}

const NAME = 'model-server'
/** Work without a new token for so long makes an engine suspect, and one token is then waited for. */
const HANGS = { stuckAfterMs: 120_000, canaryDeadlineMs: 60_000 }
/** vLLM needs 75 s on a CPU; on a GPU a large model is read and compiled for. */
const STARTS_WITHIN_MS = { embedded: 120_000, vllm: 600_000 }
const SHUTDOWN_S = 10

// What each flag is for: docs/operations/serving.md.
const VLLM_FLAGS =
  '--generation-config vllm --logprobs-mode processed_logprobs --enable-lora --max-loras 4 --max-cpu-loras 8 --max-num-seqs 256'
const VLLM_ON = {
  gpu: { env: {}, flags: '--dtype bfloat16 --gpu-memory-utilization 0.88 --max-num-queued-reqs 4096' },
  cpu: {
    // Without the last one the first requests wait until g++ has compiled small functions, in spite of --enforce-eager.
    env: { VLLM_CPU_KVCACHE_SPACE: '1', VLLM_CPU_OMP_THREADS_BIND: 'nobind', TORCHDYNAMO_DISABLE: '1' },
    flags: '--dtype float32 --enforce-eager --no-enable-chunked-prefill',
  },
}
/** The last one lets Python keep the bytecode of 4,800 modules, which three processes would compile at each start. */
const VLLM_ENV = {
  HF_HUB_OFFLINE: '1',
  VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'True',
  VLLM_NO_USAGE_STATS: '1',
  PYTHONDONTWRITEBYTECODE: '',
}
/** The only ranks that vLLM takes as its largest. */
const VLLM_RANKS = [8, 16, 32, 64, 128, 256, 320, 512]
/** Without chunked prefill a batch must hold a whole prompt. */
const CPU_BATCH_TOKENS = 8192

function sharedFlags({ port, contextTokensMax }: ModelOptions): string[] {
  const flags = `--served-model-name base --host 127.0.0.1 --port ${port} --max-model-len ${contextTokensMax}`
  return [...flags.split(' '), '--shutdown-timeout', String(SHUTDOWN_S)]
}

function embeddedCommand(model: ModelOptions, python: string): Command {
  const flags = [...sharedFlags(model), '--max-lora-rank', String(model.loraRankMax)]
  return {
    file: python,
    args: ['-m', 'agent0_ml.standby', 'agent0_ml.model_server', model.base, ...flags],
    // One thread: with two, a second busy job on two cores slows it down many times over.
    env: { PYTHONPATH: join(ROOT, 'ml'), OMP_NUM_THREADS: '1', PYTHONUNBUFFERED: '1' },
    waitsForLock: true,
  }
}

function vllmCommand(model: ModelOptions, file: string, device: 'cpu' | 'gpu'): Command {
  const { env, flags } = VLLM_ON[device]
  const rank = VLLM_RANKS.find((each) => each >= model.loraRankMax) ?? model.loraRankMax
  const batch = ['--max-num-batched-tokens', String(Math.max(CPU_BATCH_TOKENS, model.contextTokensMax))]
  const words = `${VLLM_FLAGS} ${flags} --max-lora-rank ${rank}`.split(' ')
  const serve = ['serve', model.base, ...sharedFlags(model), ...words]
  // It does not wait for the lock: a second vLLM would have no room on the GPU.
  return { file, args: device === 'cpu' ? [...serve, ...batch] : serve, env: { ...VLLM_ENV, ...env } }
}

/** The server of the base model and its policies: the embedded one, vLLM, or somebody else's that we only watch. */
export function modelServerService(model: ModelOptions, secrets: Secrets = {}): Service {
  const { engine, port } = model
  const { AGENT0_MODEL_API_KEY: key } = secrets
  if (engine.kind === 'external') {
    const { urls } = engine
    return { name: NAME, address: urls.join(', '), after: [], ports: [], checkHealth: engineWatch(urls, HANGS, key) }
  }
  const url = `http://127.0.0.1:${port}`
  const here: Service = {
    name: NAME,
    address: `${url} (${engine.kind}, ${model.base})`,
    after: [],
    ports: [{ port, option: '--model-port' }],
    checkHealth: engineWatch([url], HANGS, key),
  }
  if (engine.kind === 'absent') return here
  const command =
    engine.kind === 'embedded'
      ? embeddedCommand(model, engine.python)
      : vllmCommand(model, engine.command, engine.device)
  const env = { ...command.env, ...(key && { [SERVER_KEY_VARIABLE]: key }) }
  return { ...here, command: { ...command, env }, startsWithinMs: STARTS_WITHIN_MS[engine.kind] }
}

/** The base URLs in the address of the service. */
export function modelServerUrls(address: string): string[] {
  return address.match(/https?:\/\/[^\s,()]+/g) ?? []
}
