/** The base model's tokenizer: the same ids as the model server's and the trainer's. */
export interface Tokenizer {
  /** Special tokens in the text become their ids; nothing is added before or behind it. */
  encode: (text: string) => number[]
  /** The text of the ids, special tokens included. */
  decode: (tokenIds: readonly number[]) => string
}
