import type { SlotProblem } from './pool.ts'
import type { Slot, SlotResult } from './slot.ts'

/**
 * A slot that uses more processor time than this to be as new is not trusted to be, milliseconds. Time on the clock would
 * blame the program for a busy machine; a slot that is silent is ended by its deadline (slot.ts).
 */
const CLEANUP_MS_MAX = 500

/** Why a slot must not be used again after a program; undefined where it may. */
export function problemAfter(slot: Slot, { changed, cleanupMs }: SlotResult): SlotProblem | undefined {
  if (changed.length > 0) return { reason: 'changed', detail: changed.join(', ') }
  if (slot.ended !== undefined) return { reason: 'lost', detail: slot.ended.message }
  if (cleanupMs > CLEANUP_MS_MAX) return { reason: 'slow to clean', detail: `${Math.round(cleanupMs)} ms` }
  return undefined
}
