import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../../../services/artifact-store/open.ts'
import { FakeStore } from '../../support/fake-store.ts'
import { fileLaws, harmLaws, storingLaws } from '../../support/store-contract/artifact-laws.ts'
import { chainLaws, journalLaws } from '../../support/store-contract/journal-laws.ts'
import { keyLaws } from '../../support/store-contract/key-laws.ts'
import type { StoreRig } from '../../support/store-contract/rig.ts'
import { valueLaws } from '../../support/store-contract/value-laws.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function fakeRig(): StoreRig {
  const store = new FakeStore()
  return {
    store,
    again: () => store,
    spoil: ({ uri }) => store.blobs.set(uri, Buffer.from('other bytes')),
    cut: ({ uri }) => store.blobs.set(uri, store.blobs.get(uri)!.subarray(1)),
    lose: ({ uri }) => store.blobs.delete(uri),
  }
}

const fsRig = (durability: 'power-loss' | 'kill') => (): StoreRig => {
  const root = temporaryFolder()
  return {
    store: openStore(root, durability),
    again: () => openStore(root, durability),
    spoil: ({ uri }) => writeFileSync(join(root, uri), 'other bytes'),
    cut: ({ uri }) => truncateSync(join(root, uri), readFileSync(join(root, uri)).length - 1),
    lose: ({ uri }) => rmSync(join(root, uri)),
  }
}

describe.each([
  ['fake', fakeRig],
  ['fs, against loss of power', fsRig('power-loss')],
  ['fs, against kills', fsRig('kill')],
])('an artifact store: %s', (_name, open) => {
  storingLaws(open)
  harmLaws(open)
  fileLaws(open)
  keyLaws(open)
  valueLaws(open)
  describe('a journal', () => {
    chainLaws(open)
    journalLaws(open)
  })
})
