import { execa } from 'execa'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import type { ContractSubject, ScoredSample } from './model-server-contract/rig.ts'
import { madePython } from './made-environments.ts'
import { ROOT } from './repository.ts'

const SCRIPT = join(ROOT, 'tests', 'support', 'tiny_models.py')

/** A random Qwen3 and two adapters on disk, and the trainer's view of them. */
export interface TinyModels extends Pick<ContractSubject, 'canaries' | 'folders' | 'tokenOf' | 'textOf' | 'score'> {
  base: string
  remove: () => void
}

async function python(args: readonly string[], input = ''): Promise<unknown> {
  const env = { HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' }
  const { stdout } = await execa(madePython()!, ['-W', 'ignore', SCRIPT, ...args], { input, env })
  return JSON.parse(stdout)
}

/** Makes them in a folder of their own; takes about half a minute. */
export async function tinyModels(): Promise<TinyModels> {
  const folder = mkdtempSync(join(tmpdir(), 'agent0-models-'))
  const canaries = (await python(['make', folder])) as ContractSubject['canaries']
  const tokenizer = JSON.parse(readFileSync(join(folder, 'base', 'tokenizer.json'), 'utf8')) as {
    model: { vocab: Record<string, number> }
  }
  const characters = Object.entries(tokenizer.model.vocab)
  const textOf = new Map(characters.map(([text, id]) => [id, text.length === 1 ? text : '']))
  return {
    base: join(folder, 'base'),
    folders: { first: join(folder, 'first'), second: join(folder, 'second') },
    canaries,
    tokenOf: (character) => tokenizer.model.vocab[character]!,
    textOf: (ids) => ids.map((id) => textOf.get(id)).join(''),
    score: async (samples: readonly ScoredSample[]) =>
      (await python(['score', folder], JSON.stringify(samples))) as number[][],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
