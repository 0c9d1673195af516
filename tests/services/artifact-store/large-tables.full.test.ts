import { allLines, storeChild } from '../../support/store-child.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** The longest string of V8, characters: a table's JSON was one string once. */
const STRING_MAX = 536_870_888
const ROW_CHARACTERS = 60_000
const GROWTH_MAX = 200

/** Peak memory of a process that writes so many rows, MiB, and how many rows then stand in the store. */
async function peakWith(rows: number): Promise<{ peak: number; count: number }> {
  const script = `
    const text = Array.from({ length: ${ROW_CHARACTERS / 10} }, (_, at) => String(at).padStart(10, 'x')).join('')
    function* rows() {
      for (let row = 0; row < ${rows}; row++) yield { id: 'tiny/row-' + row, name: row + text, value: row }
    }
    const { count } = await store.putTable('tiny/large.parquet', 'metrics', rows())
    say({ peak: process.resourceUsage().maxRSS / 1024, count })
    process.exit()`
  return ((await allLines(storeChild(temporaryFolder(), script))) as { peak: number; count: number }[])[0]!
}

test('a table that is longer than any string can be is written, in the memory of a small one', async () => {
  const large = Math.ceil((1.1 * STRING_MAX) / ROW_CHARACTERS)
  const [few, many] = [await peakWith((large / 100) | 0), await peakWith(large)]
  expect(many.count).toBe(large)
  expect(many.peak - few.peak).toBeLessThan(GROWTH_MAX)
}, 300_000)
