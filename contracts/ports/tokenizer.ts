/** The base model's tokenizer: the same ids as the model server's and the trainer's. */
export interface Tokenizer {
  /**
   * What a model, a program or the author of a task wrote. A control token in it (`<|im_end|>`) is ordinary characters: control
   * ids come from templates alone.
   */
  encode: (text: string) => number[]
  /** A template of ours: its control tokens become their ids. Nothing is added before or behind it. */
  encodeTemplate: (text: string) => number[]
  /** The tokens that end what an assistant says: the end of a chat's turn, and those that the model's own files call the end. */
  endTokenIds: readonly number[]
  /** The id of a control token by its text; null if there is none. */
  controlId: (token: string) => number | null
  /** The text of the ids, control tokens included. */
  decode: (tokenIds: readonly number[]) => string
}
