import { normalForm } from '../answers/normal-form.ts'

const INTEGER = /^-?(0|[1-9]\d*)$/

/**
 * Whether two answers with different normal forms are different integers: no grader is needed to tell. In a run of number
 * answers that is nearly every pair.
 */
export function plainlyDifferent(left: string, right: string): boolean {
  return INTEGER.test(normalForm(left)) && INTEGER.test(normalForm(right))
}
