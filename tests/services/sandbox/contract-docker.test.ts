import { createSandbox } from '../../../services/sandbox/open.ts'
import { describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { sandboxContract } from '../../support/sandbox-contract.ts'

// Real slots boot in it, on machines with other work.
jest.setTimeout(60_000)

describeOn('docker', 'the contract', () =>
  sandboxContract(async () => createSandbox(await realSlots('docker'), 2, ['bare', 'math'])),
)
