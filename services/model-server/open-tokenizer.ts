import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../../host/problem.mjs'
import { failure } from '../failure.ts'
import type { Tokenizer } from '../../contracts/ports/tokenizer.ts'

interface TokenizerFile {
  model?: { unk_token?: string | null }
}

/** @throws Agent0.Missing where the folder has no tokenizer.json that can be read */
async function readTokenizer(base: string): Promise<HuggingFaceTokenizer> {
  const path = join(base, 'tokenizer.json')
  try {
    const file = JSON.parse(await readFile(path, 'utf8')) as TokenizerFile
    // tokenizer_config.json may change what the ids mean only in ways that servers ignore too. The library looks for the
    // unknown token there, though the file itself names it.
    return new HuggingFaceTokenizer(file, { unk_token: file.model?.unk_token ?? null })
  } catch (error) {
    throw failure('Agent0.Missing', `${path} is no tokenizer that can be read: ${reasonOf(error)}`)
  }
}

/**
 * The tokenizer of a base model, read from its `tokenizer.json`. Pure JavaScript: some 500 tokens per millisecond, so no
 * request to a server is needed for it.
 * @param base folder of the model
 */
export async function openTokenizer(base: string): Promise<Tokenizer> {
  const tokenizer = await readTokenizer(base)
  return {
    encode: (text) => {
      // By way of bytes: half a character becomes what a server would read in its place.
      const { ids } = tokenizer.encode(Buffer.from(text).toString(), { add_special_tokens: false })
      if (ids.includes(undefined as never))
        throw new Error(`${base}: its tokenizer has no token for a part of: ${text}`)
      return ids
    },
    decode: (tokenIds) =>
      tokenizer.decode([...tokenIds], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
  }
}
