import { asksForProof, isFreeText } from '../../../core/curriculum/answerable.ts'

test.each([
  ['Prove that there are infinitely many primes.', true],
  ['Disprove the claim.', true],
  ['Show that x is even.', true],
  ['Give a proof that 2 is even.', true],
  ['证明 x 是偶数。', true],
  ['A box holds 3 red and 5 blue balls. What is the chance of red?', false],
  ['How much does the waterproof coat cost after it was improved?', false],
])('a proof is asked for in %p: %p', (question, expected) => {
  expect(asksForProof(question)).toBe(expected)
})

test.each([
  ['4', false],
  ['x^2 + \\frac{1}{2}', false],
  ['60 miles per hour', false],
  ['12\\text{ cm}', false],
  ['\\text{no solution}', false],
  ['the set of all even numbers', true],
  ['\\text{because both sides grow}', true],
])('%p is free text: %p', (label, expected) => {
  expect(isFreeText(label)).toBe(expected)
})
