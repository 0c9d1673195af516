import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../../host/problem.mjs'
import { failure } from '../failure.ts'
import type { Tokenizer } from '../../contracts/ports/tokenizer.ts'

interface TokenizerFile {
  model?: { unk_token?: string | null }
  added_tokens?: readonly { id: number; content: string }[]
}

/** Ends a turn in the chat markup of the prompts. */
const CHAT_END = '<|im_end|>'

/** A further file of a model's folder; nothing where there is none. */
async function readOptional(base: string, name: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(join(base, name), 'utf8')) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** What the model's files call the end: ids in the configs, a token in the tokenizer's. */
async function endsNamed(base: string): Promise<{ ids: number[]; token: string | null }> {
  const names = ['config.json', 'generation_config.json', 'tokenizer_config.json']
  const [config, generation, tokenizer] = await Promise.all(names.map((name) => readOptional(base, name)))
  const ids = [config, generation].flatMap((file) => file?.['eos_token_id'] ?? []).filter(Number.isInteger)
  const named = tokenizer?.['eos_token'] as { content?: string } | string | null | undefined
  return { ids: ids as number[], token: (typeof named === 'string' ? named : named?.content) ?? null }
}

/** @throws Agent0.Missing where the folder has no tokenizer.json that can be read */
async function readTokenizerFile(base: string): Promise<TokenizerFile> {
  const path = join(base, 'tokenizer.json')
  try {
    return JSON.parse(await readFile(path, 'utf8')) as TokenizerFile
  } catch (error) {
    throw failure('Agent0.Missing', `cannot read the tokenizer ${path}: ${reasonOf(error)}`)
  }
}

/**
 * The tokenizer of a base model, read from its `tokenizer.json`. Pure JavaScript: some 500 tokens per millisecond, so no
 * request to a server is needed for it.
 * @param base folder of the model
 */
export async function openTokenizer(base: string): Promise<Tokenizer> {
  const [file, ends] = await Promise.all([readTokenizerFile(base), endsNamed(base)])
  const ids = new Map((file.added_tokens ?? []).map(({ id, content }) => [content, id]))
  const controlId = (token: string) => ids.get(token) ?? null
  const named = [CHAT_END, ...(ends.token === null ? [] : [ends.token])].flatMap((token) => controlId(token) ?? [])
  const made = (parts: TokenizerFile) => {
    try {
      // tokenizer_config.json may change what the ids mean only in ways that servers ignore too. The library looks for the
      // unknown token there, though the file itself names it.
      return new HuggingFaceTokenizer(parts, { unk_token: parts.model?.unk_token ?? null })
    } catch (error) {
      throw failure('Agent0.Missing', `cannot use the tokenizer ${join(base, 'tokenizer.json')}: ${reasonOf(error)}`)
    }
  }
  const withControls = made(file)
  // All added tokens, `<think>` and its like included: a text may not write them.
  const withoutControls = made({ ...file, added_tokens: [] })
  const encodeWith = (tokenizer: HuggingFaceTokenizer) => (text: string) => {
    // By way of bytes: half a character becomes what a server would read in its place.
    const { ids } = tokenizer.encode(Buffer.from(text).toString(), { add_special_tokens: false })
    if (ids.includes(undefined as never)) throw new Error(`${base}: its tokenizer has no token for a part of: ${text}`)
    return ids
  }
  return {
    endTokenIds: [...new Set([...named, ...ends.ids])].toSorted((left, right) => left - right),
    controlId,
    encode: encodeWith(withoutControls),
    encodeTemplate: encodeWith(withControls),
    decode: (tokenIds) =>
      withControls.decode([...tokenIds], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
  }
}
