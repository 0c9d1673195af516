/**
 * What a slot has imported before it serves. A fork of the bare interpreter costs a fifth of one with sympy loaded, and
 * importing sympy costs a hundred forks. A bare slot can import everything too, so a wrong guess is slow, never wrong.
 */
export type Template = 'bare' | 'math'

const HEAVY = /\b(sympy|numpy|math_verify|mpmath|latex2sympy2_extended)\b/

/** The template that suits a program, by what its text names. */
export function templateFor(source: string): Template {
  return HEAVY.test(source) ? 'math' : 'bare'
}
