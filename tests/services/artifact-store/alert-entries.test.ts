import type { AlertEntry } from '../../../contracts/alert.ts'
import { runId } from '../../../contracts/ids.ts'
import { putAlertEntry, readAlertEntries } from '../../../services/artifact-store/alert-entries.ts'
import { openStore } from '../../../services/artifact-store/open.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const RUN = runId('tiny')
const entry = (by: string): AlertEntry => ({
  change: 'raised',
  cause: { kind: 'disk', subject: '/store', where: RUN, wrong: 'full', advice: 'make room' },
  at: '2026-11-26T12:34:56.789Z',
  by,
})

test('of writers of one entry one is first, and all learn which', async () => {
  const root = temporaryFolder()
  const names = Array.from({ length: 8 }, (_, index) => `host-${index}`)
  const stand = await Promise.all(names.map((by) => putAlertEntry(openStore(root), RUN, 1, entry(by))))
  expect(new Set(stand.map(({ by }) => by)).size).toBe(1)
  expect(await readAlertEntries(openStore(root), RUN)).toEqual([stand[0]])
})

test('entries are read in their order; a run without any has none', async () => {
  const store = openStore(temporaryFolder())
  expect(await readAlertEntries(store, RUN)).toEqual([])
  for (const number of [1, 2, 3]) await putAlertEntry(store, RUN, number, entry(`writer-${number}`))
  expect((await readAlertEntries(store, RUN)).map(({ by }) => by)).toEqual(['writer-1', 'writer-2', 'writer-3'])
})
