import { MemoSandbox } from '../../../services/sandbox/memo.ts'
import { type FakeProgram, FakeSandbox, okVerdict } from '../../support/fake-sandbox.ts'
import { RANDOM, sandboxContract, TRACEBACK } from '../../support/sandbox-contract.ts'

/** What the fake must be told so that it keeps the contract. */
const SCRIPTS: Record<string, FakeProgram> = {
  'print(6 * 7)': (seed) => okVerdict('42\n', seed),
  [RANDOM]: (seed) => okVerdict(`${1 / (seed + 2)}\n`, seed),
  '1/0': (seed) => {
    const { kind: _, ...evidence } = okVerdict('', seed)
    return { ...evidence, kind: 'error', exitCode: 1, traceback: TRACEBACK, memoryError: false }
  },
  'while True: pass': (seed) => ({ ...okVerdict('', seed), kind: 'timeout', clock: 'wall' }),
  'x = 41': (_, names) => okVerdict(String(names.set('x', 41) && '')),
  'x += 1; print(x)': (_, names) => okVerdict(`${Number(names.set('x', Number(names.get('x')) + 1).get('x'))}\n`),
}

describe('the fake', () => {
  sandboxContract(async () => new FakeSandbox(SCRIPTS))
})
describe('the memo over the fake', () => {
  sandboxContract(async () => new MemoSandbox(new FakeSandbox(SCRIPTS)))
})
