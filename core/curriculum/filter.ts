import type { CurationConfig } from '../../contracts/config/curation.ts'
import { asksForProof, isFreeText } from './answerable.ts'

/** A proposal of the pool after the vote. */
export interface Candidate {
  id: string
  /** Null for a malformed proposal. */
  question: string | null
  /** Pseudo-label; null if no rollout answered. */
  label: string | null
  /** Votes for the label / k. */
  pHat: number
}

/** Why a proposal is not kept: the first that applies, in this order. */
export type DropReason =
  | 'malformed'
  | 'proof'
  | 'no-label'
  | 'free-text'
  | 'below-band'
  | 'above-band'
  | 'duplicate'
  | 'near-duplicate'

/** How two questions are compared. */
export interface QuestionComparison {
  /** Equal questions have the same normal form. */
  normalForm: (question: string) => string
  /** 1 − BLEU of a question to one that was kept before it, from 0 to 1. */
  distance: (kept: string, question: string) => number
}

/** Kept candidates, as they came, and how many were dropped for each reason that applied. */
export interface FilterResult<C extends Candidate> {
  kept: C[]
  dropped: Partial<Record<DropReason, number>>
}

function flawOf({ band }: CurationConfig, { question, label, pHat }: Candidate): DropReason | null {
  if (question === null) return 'malformed'
  if (asksForProof(question)) return 'proof'
  if (label === null) return 'no-label'
  if (isFreeText(label)) return 'free-text'
  if (pHat < band.low) return 'below-band'
  if (pHat > band.high) return 'above-band'
  return null
}

/** Remembers kept questions and says what a new one repeats. */
function memoryOf(config: CurationConfig['duplicates'], { normalForm, distance }: QuestionComparison) {
  const kept: string[] = []
  const normalForms = new Set<string>()
  return {
    keep(question: string): void {
      kept.push(question)
      normalForms.add(normalForm(question))
    },
    repetitionIn(question: string): DropReason | null {
      const { nearerThan } = config
      if (normalForms.has(normalForm(question))) return 'duplicate'
      if (nearerThan === 'none') return null
      return kept.some((earlier) => distance(earlier, question) < nearerThan) ? 'near-duplicate' : null
    },
  }
}

/**
 * What of a pool becomes tasks. Algorithm §5: in the band, both ends included, answerable, and unlike every kept one.
 *
 * @param candidates ordered by key, since an earlier one of two alike ones stays
 * @param archive questions that were kept in earlier iterations
 * @throws Error with the id of a candidate whose p̂ is no number from 0 to 1
 */
export function filterCandidates<C extends Candidate>(
  config: CurationConfig,
  candidates: readonly C[],
  archive: readonly string[],
  comparison: QuestionComparison,
): FilterResult<C> {
  const memory = memoryOf(config.duplicates, comparison)
  if (config.duplicates.among === 'run') for (const question of archive) memory.keep(question)
  const result: FilterResult<C> = { kept: [], dropped: {} }
  for (const candidate of candidates) {
    const { id, pHat, question } = candidate
    if (!(pHat >= 0 && pHat <= 1)) throw new Error(`${id}: p̂ is ${pHat}`)
    const reason = flawOf(config, candidate) ?? memory.repetitionIn(question!)
    if (reason === null) {
      result.kept.push(candidate)
      memory.keep(question!)
    } else {
      result.dropped[reason] = (result.dropped[reason] ?? 0) + 1
    }
  }
  return result
}
