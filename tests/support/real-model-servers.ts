import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openModelServer } from '../../services/model-server/open.ts'
import { installedPython, installedVllm } from './installed.ts'
import type { ContractSubject } from './model-server-contract/rig.ts'
import { ROOT } from './repository.ts'
import { eventually, freePort } from './supervised.ts'
import { type TinyModels, tinyModels } from './tiny-models.ts'

/** A real model server as a child of the test. */
export interface RealServer {
  url: string
  /** SIGKILL to it and all that it has started. */
  kill: () => Promise<void>
}

export const hasEmbedded = () =>
  existsSync(join(ROOT, 'ml', 'agent0_ml', 'model_server', '__main__.py')) && installedPython() !== undefined
export const hasVllm = () => installedVllm() !== undefined && installedPython() !== undefined

/** Tokens of a prompt and its answer together, at most. */
export const CONTEXT = 1024
const VLLM_FLAGS =
  '--generation-config vllm --logprobs-mode processed_logprobs --enable-lora --max-lora-rank 16 --max-loras 4 --max-cpu-loras 8 ' +
  '--dtype float32 --enforce-eager --max-num-seqs 256 --no-enable-chunked-prefill --max-num-batched-tokens 8192'

/** A group of its own, which dies with us: servers start processes themselves. */
function start(file: string, args: readonly string[], env: Record<string, string>): ChildProcess & { said: string } {
  const child = Object.assign(
    spawn('setpriv', ['--pdeathsig', 'KILL', file, ...args], { detached: true, env: { ...process.env, ...env } }),
    { said: '' },
  )
  const listen = (bytes: Buffer) => (child.said = (child.said + bytes.toString()).slice(-20_000))
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  return child
}

function killer(child: ChildProcess): () => Promise<void> {
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    process.kill(-child.pid!, 'SIGKILL')
    await gone
  }
}

async function ready(child: ChildProcess & { said: string }, name: string, isReady: () => boolean | Promise<boolean>) {
  await eventually(
    `${name} is ready`,
    () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${child.said}`)
      return isReady()
    },
    300_000,
  )
}

/** The embedded server, with its faults on demand. */
export async function startEmbedded(model: string, args: readonly string[] = []): Promise<RealServer> {
  const env = { PYTHONPATH: join(ROOT, 'ml'), OMP_NUM_THREADS: '1' }
  const command = ['-m', 'agent0_ml.model_server', model, '--max-model-len', String(CONTEXT), '--faults', ...args]
  const child = start(installedPython()!, command, env)
  const address = () => /^http:\/\/\S+$/m.exec(child.said)?.[0]
  await ready(child, 'the embedded server', () => address() !== undefined)
  return { url: address()!, kill: killer(child) }
}

/** Real vLLM on this machine's CPU; the flags are those of docs/operations/serving.md. */
export async function startVllm(model: string): Promise<RealServer> {
  const port = await freePort()
  const env = {
    HF_HUB_OFFLINE: '1',
    VLLM_CPU_KVCACHE_SPACE: '1',
    VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'True',
    VLLM_NO_USAGE_STATS: '1',
    VLLM_CPU_OMP_THREADS_BIND: 'nobind',
    TORCHDYNAMO_DISABLE: '1',
    PYTHONDONTWRITEBYTECODE: '',
  }
  const address = `--host 127.0.0.1 --port ${port} --served-model-name base --max-model-len ${CONTEXT}`
  const command = ['serve', model, ...address.split(' '), ...VLLM_FLAGS.split(' ')]
  const child = start(installedVllm()!, command, env)
  const url = `http://127.0.0.1:${port}`
  await ready(child, 'vLLM', () =>
    fetch(`${url}/health`).then(
      (answer) => answer.ok,
      () => false,
    ),
  )
  return { url, kill: killer(child) }
}

/** What the contract is tried on with a real server, which lives as long as the suite. */
export class RealSubject {
  models!: TinyModels
  url!: string
  readonly #start: (model: string) => Promise<RealServer>
  readonly #forget: ((url: string) => Promise<void>) | undefined

  constructor(start: (model: string) => Promise<RealServer>, forget?: (url: string) => Promise<void>) {
    this.#start = start
    this.#forget = forget
  }

  async open(): Promise<ContractSubject> {
    this.models = await tinyModels()
    const real = await this.#start(this.models.base)
    const url = (this.url = real.url)
    const server = openModelServer({ urls: [url] })
    const close = async () => {
      await server.close()
      await real.kill()
    }
    const forget = this.#forget
    return { ...this.models, server, close, ...(forget !== undefined && { forget: () => forget(url) }) }
  }
}
