import { createSandbox } from '../../../services/sandbox/open.ts'
import type { PooledSandbox } from '../../../services/sandbox/pooled-sandbox.ts'
import type { Template } from '../../../services/sandbox/template.ts'
import { type Backend, describeOn, realSlots } from '../../support/sandbox-backends.ts'
import { limits } from '../../support/sandbox-limits.ts'

// Real slots boot in it, on machines with other work.
jest.setTimeout(120_000)

const PRINTED: [name: string, source: string, printed: string][] = [
  ['a list of numpy scalars', 'import numpy as np\nprint([np.float64(1.0), np.int64(2)])', '[1.0, 2]\n'],
  ['a tuple of a computation', 'import numpy as np\nprint(tuple(np.roots([1, -3, 2])))', '(2.0, 1.0)\n'],
  ['a truth value', 'import numpy as np\nprint({"all": np.array([1, 2]).all()})', "{'all': True}\n"],
  ['an array, as ever', 'import numpy as np\nprint(np.array([1.5, 2]))', '[1.5 2. ]\n'],
  ['an integer of more than 4,300 digits', 'print(len(str(2**20000)), str(2**20000)[:5])', '6021 39802\n'],
  ['one that is read', 'print(int("9" * 5000) % 7)', `${Number(BigInt('9'.repeat(5000)) % 7n)}\n`],
]

function outputSuite(backend: Backend, template: Template): void {
  let sandbox: PooledSandbox
  beforeAll(async () => {
    sandbox = createSandbox(await realSlots(backend), 1, [template])
  }, 300_000)
  afterAll(() => sandbox.close())

  test.each(PRINTED)('what a program prints is a number as people write it: %s', async (_name, source, printed) => {
    const { verdict } = await sandbox.execute({ source, seed: 1 }, limits({ wallMs: 20_000, cpuMs: 10_000 }))
    expect(verdict).toMatchObject({ kind: 'ok', stdout: printed })
  })

  test('in a session too', async () => {
    const session = await sandbox.openSession(
      [{ source: 'import numpy as np\nx = np.float64(0.5)', seed: 1 }],
      limits(),
    )
    expect(
      await session.run({ source: 'print([x, 3**10000 > 0])', seed: 1 }, limits({ wallMs: 20_000 })),
    ).toMatchObject({
      stdout: '[0.5, True]\n',
    })
    await session.close()
  })
}

for (const backend of ['docker', 'bubblewrap'] as const)
  for (const template of ['bare', 'math'] as const)
    describeOn(backend, `outputs of the ${template} template`, () => outputSuite(backend, template))
