import { inputProblem } from '../../contracts/activity-input.ts'
import { aPolicy } from '../support/policies.ts'

const sha256 = 'ab'.repeat(32)
const reference = { uri: `blobs/ab/${sha256}.zst`, sha256, count: 1 }
const context = { run: 'tiny', config: { ...reference, uri: `blobs/ab/${sha256}` } }
const base = aPolicy(0, null)
const trained = { ...base, uri: `/store/checkpoints/${base.checkpoint}` }
const step = 'tiny/iter-001/executor/step-0001'
const good = { context, step, stage: 'executor', policy: trained, tasks: reference, parts: [{ outcomes: [reference] }] }

test('what our workflows give is no problem', () => {
  const training = { context, id: step, lineage: 'tiny-executor', step: 7, parent: null, batch: reference }
  const inputs = [
    good,
    training,
    { ...training, parent: sha256, setAside: { step: 3, checkpoint: sha256 } },
    { ...good, policy: base },
    { ...good, policy: { ...trained, uri: `file:///store/checkpoints/${base.checkpoint}/` } },
    { run: 'tiny', config: { recipe: 'agent0', model: { base: '/anywhere' }, id: 'of no concern' } },
    undefined,
  ]
  for (const input of inputs) expect(inputProblem(input)).toBeUndefined()
})

const PATHS = [
  '../x',
  '/etc/passwd',
  'tiny/../../x',
  'tiny/iter-001/../..',
  '',
  'a\0b',
  '\ud800',
  'Tiny',
  'tiny//x',
  '.',
  '..',
]

test('an id that could lead elsewhere is named, wherever it stands', () => {
  for (const path of PATHS) {
    for (const name of ['run', 'stage', 'step', 'id', 'task']) {
      expect(inputProblem({ ...good, [name]: path })).toMatch(new RegExp(`^input\\.${name}: not an id`))
      expect(inputProblem({ deep: [{ er: { [name]: path } }] })).toMatch(
        new RegExp(`^input\\.deep\\[0\\]\\.er\\.${name}: `),
      )
    }
    expect(inputProblem({ ...good, context: { ...context, run: path } })).toMatch(/^input\.context\.run: /)
  }
  for (const value of [null, 7, {}, []]) expect(inputProblem({ run: value })).toMatch(/^input\.run: not an id/)
})

test('a lineage, a parent and a head that could lead elsewhere are named', () => {
  for (const path of [...PATHS, 7, null, {}].filter((each) => each !== 'Tiny'))
    expect(inputProblem({ lineage: path })).toMatch(/^input\.lineage: not the name of a lineage/)
  for (const digest of ['', 'base', '../x', sha256.toUpperCase(), `${sha256}/..`, 7, {}])
    expect(inputProblem({ parent: digest })).toMatch(/^input\.parent: not the digest of a checkpoint/)
  expect(inputProblem({ setAside: '../x' })).toMatch(/^input\.setAside: /)
})

test('a reference to anything but a blob of its digest is named', () => {
  const other = 'cd'.repeat(32)
  const uris = [
    '/etc/passwd',
    '../x',
    `blobs/cd/${other}`,
    `blobs/ab/${other}`,
    `blobs/ab/../ab/${sha256}`,
    `blobs/ab/${sha256}.zst/x`,
    `x/blobs/ab/${sha256}`,
  ]
  for (const uri of uris) {
    expect(inputProblem({ ...good, tasks: { ...reference, uri } })).toMatch(
      /^input\.tasks: a reference out of the store/,
    )
    expect(inputProblem({ parts: [{ outcomes: [reference, { ...reference, uri }] }] })).toMatch(
      /^input\.parts\[0\]\.outcomes\[1\]: /,
    )
  }
  for (const broken of [
    { sha256 },
    { ...reference, sha256: 'x' },
    { ...reference, count: -1 },
    { ...reference, more: 1 },
  ])
    expect(inputProblem({ tasks: broken })).toMatch(/^input\.tasks: not a reference/)
})

test('a policy whose folder is not that of its checkpoint is named', () => {
  const digest = base.checkpoint
  const folders = [
    '/etc',
    `/store/checkpoints/${sha256}`,
    `/store/checkpoints/${digest}/..`,
    `/store/checkpoints/${digest}x`,
    `checkpoints/../../checkpoints/${digest}`,
    digest,
  ]
  for (const uri of folders)
    expect(inputProblem({ policy: { ...trained, uri } })).toMatch(/^input\.policy: a policy out of the store/)
  for (const broken of [
    { ...trained, name: 'x' },
    { ...trained, checkpoint: '../x' },
    { ...trained, version: -1 },
  ])
    expect(inputProblem({ policy: broken })).toMatch(/^input\.policy: not a policy/)
})

test('an input that never ends in depth is named, and costs nothing', () => {
  let deep: unknown = {}
  for (let level = 0; level < 10_000; level++) deep = { deep }
  expect(inputProblem(deep)).toMatch(/deeper than 32$/)
})
