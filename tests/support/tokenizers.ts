import { execa } from 'execa'
import { join } from 'node:path'
import { installedPython } from './installed.ts'
import { ROOT } from './repository.ts'
import { seededRandom } from './seeded-random.ts'

export interface Tokenized {
  text: string
  tokenIds: number[]
}

/**
 * Trains a tokenizer of Qwen3's form (byte pairs, NFC, its pattern) on the texts, writes it into the folder and gives its
 * ids of them: by the library that servers and trainers use.
 */
export async function qwenTokenizer(folder: string, texts: readonly string[]): Promise<Tokenized[]> {
  const script = join(ROOT, 'tests', 'support', 'qwen_tokenizer.py')
  const { stdout } = await execa(installedPython()!, [script, folder], { input: JSON.stringify(texts) })
  const tokenIds = JSON.parse(stdout) as number[][]
  return texts.map((text, index) => ({ text, tokenIds: tokenIds[index]! }))
}

// What tokenizers stumble over: contractions and case folds, ends of lines, digits, marks that combine or not, several
// code points for one sign, spaces of all widths, special tokens whole and cut.
const PIECES =
  `'s|'RE|don't|'ſ| |  |\n|\r\n|\t|\u0000|x=1|print(|\`\`\`python\n|\`\`\`\n|\\boxed{|}|123|٣|½|²|Ⅷ|𝟘|é|e\u0301|q\u0307\u0323|ẛ\u0323|한국어|ก็` +
  '|ﬁ|ﷺ|ß|İ|ı|ΟΔΟΣ|ａ|😀|👨‍👩‍👧|🇩🇪|\u200B|\u00A0|\u2028|\u0085|\uFEFF|\u3000|—|…|<|<question>|\uD800'
const SPECIAL = ['<|im_start|>user\n', '<|im_end|>', '<|endoftext|>', '<|im_', '|>']

/** Texts of the pieces above, in random rows. */
export function oddTexts(count: number): string[] {
  const pieces = [...PIECES.split('|'), ...SPECIAL]
  const random = seededRandom(3)
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.integer(20) }, () => random.pick(pieces)).join(''),
  )
}
