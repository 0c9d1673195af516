import { execa } from 'execa'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContractSubject, ScoredSample } from './model-server-contract/rig.ts'
import { installedPython } from './installed.ts'
import { cachedFixture } from './cached-fixture.ts'
import { ROOT } from './repository.ts'

const SCRIPT = join(ROOT, 'tests', 'support', 'tiny_models.py')

/** A random Qwen3 and two adapters on disk, and the trainer's view of them. */
export interface TinyModels extends Pick<ContractSubject, 'canaries' | 'folders' | 'tokenOf' | 'textOf' | 'score'> {
  base: string
  /** How many there are; ids count from 0. */
  tokens: number
}

async function python(args: readonly string[], input = ''): Promise<unknown> {
  const env = { HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' }
  const { stdout } = await execa(installedPython()!, ['-W', 'ignore', SCRIPT, ...args], { input, env })
  return JSON.parse(stdout)
}

/** Made once, by transformers and peft. */
export async function tinyModels(): Promise<TinyModels> {
  const sources = ['tests/support/tiny_models.py', 'ml/requirements.txt']
  const folder = await cachedFixture('tiny-models', sources, async (partial) => {
    const canaries = await python(['make', partial])
    writeFileSync(join(partial, 'canaries.json'), JSON.stringify(canaries))
  })
  const canaries = JSON.parse(readFileSync(join(folder, 'canaries.json'), 'utf8')) as ContractSubject['canaries']
  const tokenizer = JSON.parse(readFileSync(join(folder, 'base', 'tokenizer.json'), 'utf8')) as {
    model: { vocab: Record<string, number> }
  }
  const characters = Object.entries(tokenizer.model.vocab)
  const textOf = new Map(characters.map(([text, id]) => [id, text.length === 1 ? text : '']))
  return {
    base: join(folder, 'base'),
    tokens: characters.length,
    folders: { first: join(folder, 'first'), second: join(folder, 'second') },
    canaries,
    tokenOf: (character) => tokenizer.model.vocab[character]!,
    textOf: (ids) => ids.map((id) => textOf.get(id)).join(''),
    score: async (samples: readonly ScoredSample[]) =>
      (await python(['score', folder], JSON.stringify(samples))) as number[][],
  }
}
