import { openGrader } from '../services/sandbox/open.ts'
import { judge, pairsIn, summary } from './answers.ts'
import type { BenchOptions, Figure } from './figures.ts'

const shown = (text: string) => JSON.stringify(text.length > 90 ? `…${text.slice(-90)}` : text)

/** Grades labelled pairs and prints those that come out otherwise. Ends with the line of the totals. */
export async function benchPairs({ pairs: folder }: BenchOptions): Promise<Figure[]> {
  if (folder === undefined) throw new Error('npm run bench answers -- --pairs FOLDER: a folder of JSON lines')
  const grader = await openGrader({})
  const began = performance.now()
  const judged = await judge(pairsIn(folder), grader).finally(() => grader.close())
  for (const { right, equal, undecided, answer, prediction, reference } of judged) {
    if (right === equal) continue
    const kind = equal ? 'false merge' : undecided ? 'false split, undecided' : 'false split'
    console.log(`${kind}: ${shown(answer ?? prediction)} and ${shown(reference)}`)
  }
  console.log(
    `${judged.filter(({ undecided }) => undecided).length} undecided; ${((performance.now() - began) / 1000).toFixed(1)} s`,
  )
  console.log(summary(judged))
  return []
}
