const PROOF = /\b(dis)?prove\b|\bproof that\b|\bshow that\b|证明/i

/** Words in an answer that is still a value with a unit or a short phrase: `60 miles per hour`. [D] */
const LABEL_WORDS_MAX = 3

/**
 * Whether a question asks for a proof, which no final answer can hold. Algorithm §5. The released code also drops every
 * question with the letters `box`, and so all urn problems; not here.
 */
export function asksForProof(question: string): boolean {
  return PROOF.test(question)
}

/** Whether a label is prose, on which two answers agree only by chance: more than three words besides LaTeX commands. */
export function isFreeText(label: string): boolean {
  const words = label.replace(/\\[a-z]+/gi, ' ').match(/\p{L}{2,}/gu) ?? []
  return words.length > LABEL_WORDS_MAX
}
