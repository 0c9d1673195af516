import { pairDistances } from '../../../../core/rewards/repetition/clusters.ts'
import { words } from '../../../../core/rewards/repetition/ngram-trie.ts'

test.each([
  { name: 'no common word', earlier: 'a b', later: 'c d', distance: 1 },
  { name: 'an empty text with itself', earlier: '', later: '', distance: 1 },
  { name: 'an empty text with a full one', earlier: ' \n', later: 'a', distance: 1 },
  { name: 'the same four words', earlier: 'a b c d', later: 'a b c d', distance: 0 },
  { name: 'the same word: three precisions of a tenth', earlier: 'a', later: 'a', distance: 1 - 0.1 ** 0.75 },
  {
    name: 'a shorter candidate pays exp(1 − r/c)',
    earlier: 'a b c d',
    later: 'a b c d e',
    distance: 1 - Math.exp(-0.25),
  },
  { name: 'a longer candidate pays in precision', earlier: 'a b c d e', later: 'a b c d', distance: 1 - 0.2 ** 0.25 },
  {
    name: 'repetitions clipped at the reference',
    earlier: 'a a a a',
    later: 'a',
    distance: 1 - (0.25 * (0.1 / 3) * (0.1 / 2) * 0.1) ** 0.25,
  },
])('$name', ({ earlier, later, distance }) => {
  expect(pairDistances([earlier, later])[0]).toBeCloseTo(distance, 12)
})

test('a run of white space parts words where Python says so: also at 0x1c to 0x1f, not at U+FEFF', () => {
  expect(words(' a\u00a0b\tc\u001cd\u001fe\u0085f\u3000g\n')).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  expect(words('a\ufeffb \u200b')).toEqual(['a\ufeffb', '\u200b'])
  expect(words(' \n')).toEqual([])
})
