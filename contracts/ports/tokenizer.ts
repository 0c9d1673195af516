/** The base model's tokenizer: the same ids as the model server's and the trainer's. */
export interface Tokenizer {
  /**
   * What a model, a program or the author of a task wrote. A control token in it (`<|im_end|>`) is ordinary characters: control
   * ids come from templates alone.
   */
  encode: (text: string) => number[]
  /** A template of ours: its control tokens become their ids. Nothing is added before or behind it. */
  encodeTemplate: (text: string) => number[]
  /** The text of the ids, control tokens included. */
  decode: (tokenIds: readonly number[]) => string
}
