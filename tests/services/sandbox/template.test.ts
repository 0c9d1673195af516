import { nearest, templateFor } from '../../../services/sandbox/template.ts'

test.each([
  ['print(sum(range(10)))', 'bare'],
  ['import sympy_like', 'bare'],
  ['from sympy import *', 'math'],
  ['import numpy as np', 'math'],
  ['import sympy\nfrom math_verify import parse', 'grader'],
] as const)('%j suits the template %s', (source, template) => {
  expect(templateFor(source)).toBe(template)
})

test.each([
  ['bare', ['math', 'bare'], 'bare'],
  ['bare', ['grader', 'math'], 'math'],
  ['math', ['bare', 'grader'], 'grader'],
  ['math', ['bare'], 'bare'],
  ['grader', ['bare', 'math'], 'math'],
] as const)('a program for %s, where %j are, goes to %s', (wanted, present, served) => {
  expect(nearest(wanted, present)).toBe(served)
})
