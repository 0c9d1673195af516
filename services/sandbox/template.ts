/**
 * What a slot has imported before it serves, each more than the one before. A fork of the bare interpreter costs a fifth
 * of one with sympy loaded, and importing sympy costs a hundred forks. Every slot can import everything, so a wrong guess
 * is slow, never wrong.
 */
const templates = ['bare', 'math', 'grader'] as const
export type Template = (typeof templates)[number]

const MATHS = /\b(sympy|numpy|mpmath)\b/
const GRADING = /\b(math_verify|latex2sympy2_extended)\b/

/** The template that suits a program, by what its text names. */
export function templateFor(source: string): Template {
  if (GRADING.test(source)) return 'grader'
  return MATHS.test(source) ? 'math' : 'bare'
}

/** Whether `template` has imported all that a program for `wanted` needs, and more. */
export function exceeds(template: Template, wanted: Template): boolean {
  return templates.indexOf(template) > templates.indexOf(wanted)
}

/** What serves `wanted` best where only `present` is: no more imports than needed, else as many as there are. */
export function nearest(wanted: Template, present: readonly Template[]): Template {
  const ordered = templates.filter((template) => present.includes(template))
  return ordered.find((template) => !exceeds(wanted, template)) ?? ordered.at(-1)!
}
