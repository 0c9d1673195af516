import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from '../../host/problem.mjs'
import type { ModelOptions } from './model-server-service.ts'

const EMBEDDED_ARCHITECTURE = 'Qwen3ForCausalLM'
/** A judgement, not a measurement: with more weights a run on one CPU thread takes too long. The tiny world's model has 3 MB. */
const EMBEDDED_BYTES_MAX = 100_000_000
const LENGTH_BYTES = 8
const HEADER_BYTES_MAX = 100_000_000

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
}

/** Bytes that a safetensors file must have by its own header. */
function bytesByHeader(fd: number): number {
  const length = Buffer.alloc(LENGTH_BYTES)
  readSync(fd, length, 0, LENGTH_BYTES, 0)
  const headerBytes = Number(length.readBigUInt64LE())
  if (headerBytes > HEADER_BYTES_MAX) throw new Error('it does not start with a safetensors header')
  const header = Buffer.alloc(headerBytes)
  readSync(fd, header, 0, headerBytes, LENGTH_BYTES)
  const tensors = Object.values(JSON.parse(header.toString()) as Record<string, { data_offsets?: [number, number] }>)
  return LENGTH_BYTES + headerBytes + Math.max(0, ...tensors.map(({ data_offsets: offsets }) => offsets?.[1] ?? 0))
}

function weightsProblem(file: string): string | undefined {
  if (!existsSync(file)) return `${file} is missing`
  const fd = openSync(file, 'r')
  try {
    const [wanted, found] = [bytesByHeader(fd), fstatSync(fd).size]
    return wanted === found ? undefined : `${file} is cut or damaged: it has ${found} bytes of ${wanted}`
  } catch (error) {
    return `${file} is cut or damaged: ${reasonOf(error)}`
  } finally {
    closeSync(fd)
  }
}

function weightFiles(base: string): string[] {
  const index = join(base, 'model.safetensors.index.json')
  if (!existsSync(index)) return [join(base, 'model.safetensors')]
  const { weight_map: files } = readJson(index) as { weight_map: Record<string, string> }
  return [...new Set(Object.values(files))].map((name) => join(base, name))
}

const architectureOf = (base: string) => String(readJson(join(base, 'config.json'))['architectures'])

/**
 * Whether a base model is for the embedded server where the machine config leaves it open: of an architecture that it
 * knows, and small. GPUs do not count, so that the same run has the same samples on every machine.
 */
export function isForEmbedded(base: string): boolean {
  try {
    const bytes = weightFiles(base).map((file) => statSync(file).size)
    const isSmall = bytes.reduce((sum, size) => sum + size, 0) <= EMBEDDED_BYTES_MAX
    return architectureOf(base) === EMBEDDED_ARCHITECTURE && isSmall
  } catch {
    return false // not a model folder, as `modelProblem` says
  }
}

function configProblem({ base, contextTokensMax, engine }: ModelOptions): string | undefined {
  const file = join(base, 'config.json')
  const config = readJson(file)
  const architecture = architectureOf(base)
  if (engine.kind === 'embedded' && architecture !== EMBEDDED_ARCHITECTURE)
    return `${file}: the architecture is ${architecture}, the embedded server knows only ${EMBEDDED_ARCHITECTURE}: set modelServer.engine to vllm in machine.yaml, or modelServer.urls to a server of yours`
  const positions = config['max_position_embeddings']
  if (typeof positions === 'number' && positions < contextTokensMax)
    return `${file}: the model has ${positions} positions, rollout.promptTokensMax and responseTokensMax ask for ${contextTokensMax}`
  return undefined
}

/**
 * Why a base model cannot be served here, in one sentence; undefined if nothing is wrong that can be seen without loading
 * it. A server would find out as well, after seconds or minutes.
 */
export function modelProblem(model: ModelOptions): string | undefined {
  const { base, engine } = model
  if (engine.kind === 'external' && !existsSync(base)) return undefined // its server's machine may be another one
  const missing = ['config.json', 'tokenizer.json'].find((name) => !existsSync(join(base, name)))
  if (missing !== undefined)
    return `${base} is not a model folder (${missing} is missing); model.base of the config names it`
  if (engine.kind === 'absent') return engine.sentence
  try {
    return (
      configProblem(model) ??
      weightFiles(base)
        .map(weightsProblem)
        .find((problem) => problem !== undefined)
    )
  } catch (error) {
    return `${base} cannot be read as a model folder: ${reasonOf(error)}`
  }
}
