/** What models' programs are like, and what they print. */
export const PROGRAMS = {
  print: { source: 'print(sum(range(10)))', prints: '45\n' },
  solve: { source: 'from sympy import *\nx = symbols("x")\nprint(solve(x**3 - 2*x + 1, x)[0])', prints: '1\n' },
} as const
export type ProgramName = keyof typeof PROGRAMS
