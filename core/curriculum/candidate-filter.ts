import type { CurationConfig } from '../../contracts/config/curation.ts'
import { NearDuplicates } from '../rewards/repetition/near-duplicates.ts'
import { asksForProof, isFreeText } from './answerable.ts'

/** A proposal of the pool after the vote. */
export interface Candidate {
  id: string
  /** Null for a malformed proposal. */
  question: string | null
  /** Pseudo-label; null if no rollout answered. An empty one is none. */
  label: string | null
  /** Votes for the label / k. */
  pHat: number
  /** Share of the k answers that are missing, 0 to 1. Absent: none. */
  abstainedShare?: number
}

/** Why a proposal is not kept: the first that applies, in this order. */
export type DropReason =
  | 'malformed'
  | 'proof'
  | 'no-label'
  | 'free-text'
  | 'abstained'
  | 'below-band'
  | 'above-band'
  | 'duplicate'
  | 'near-duplicate'

/** Why a candidate is dropped; null if it is kept. */
export type CandidateFilter = (candidate: Candidate) => DropReason | null

function flawOf({ band, abstainedMax }: CurationConfig, candidate: Candidate): DropReason | null {
  const { question, label, pHat, abstainedShare = 0 } = candidate
  if (question === null) return 'malformed'
  if (asksForProof(question)) return 'proof'
  if (label === null || label.trim() === '') return 'no-label'
  if (isFreeText(label)) return 'free-text'
  if (abstainedMax !== 'none' && abstainedShare > abstainedMax) return 'abstained'
  if (pHat < band.low) return 'below-band'
  if (pHat > band.high) return 'above-band'
  return null
}

/** Case- and whitespace-insensitive key for exact duplicates. */
export function questionForm(question: string): string {
  return question.trim().replace(/\s+/g, ' ').toLowerCase()
}

/** Remembers kept questions and says what a new one repeats. */
function memoryOf({ bleuDistanceMin }: CurationConfig['duplicates']) {
  const forms = new Set<string>()
  const near = bleuDistanceMin === 'none' ? null : new NearDuplicates(bleuDistanceMin)
  return {
    keep(question: string): void {
      forms.add(questionForm(question))
      near?.add(question)
    },
    repetitionIn(question: string): DropReason | null {
      if (forms.has(questionForm(question))) return 'duplicate'
      return near !== null && near.of(question).length > 0 ? 'near-duplicate' : null
    },
  }
}

/**
 * Decides which candidates of a pool become tasks. Algorithm §5: in the band, both ends included, answerable, and unlike
 * every kept one. The filter remembers what it keeps, so candidates come in the order of their keys: of two alike ones the
 * earlier stays.
 *
 * @param archive questions that were kept in earlier iterations
 * @param shown questions that the proposer was shown as examples: whoever copies one has proposed nothing
 * @returns a filter that throws, with the id, if p̂ is not a number from 0 to 1
 */
export function candidateFilter(
  config: CurationConfig,
  archive: readonly string[],
  shown: readonly string[] = [],
): CandidateFilter {
  const memory = memoryOf(config.duplicates)
  for (const question of shown) memory.keep(question)
  if (config.duplicates.among === 'run') for (const question of archive) memory.keep(question)
  return (candidate) => {
    const { id, pHat, question } = candidate
    if (!(pHat >= 0 && pHat <= 1)) throw new Error(`${id}: p̂ is ${pHat}`)
    const reason = flawOf(config, candidate) ?? memory.repetitionIn(question!)
    if (reason === null) memory.keep(question!)
    return reason
  }
}
