import { EngineStream } from '../../../host/engine-stream.ts'
import { encodeFrame, frameKinds, FrameReader } from '../../../services/sandbox/frames.ts'
import { ownerIsGone, thisOwner, writeOwner } from '../../../host/owner.ts'
import { tracebackIn } from '../../../services/sandbox/slot-evidence.ts'
import { templateFor } from '../../../services/sandbox/template.ts'

const frames = [
  encodeFrame(frameKinds.result, 7, { kind: 'ok' }, Buffer.from('out'), Buffer.from('err')),
  encodeFrame(frameKinds.pong, 0xffffffff, {}),
]

test.each([1, 2, 3, 5, 23, 24, 25, 1_000])('frames survive chunks of %i bytes', (size) => {
  const bytes = Buffer.concat(frames)
  const reader = new FrameReader()
  const read = []
  for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)))
  expect(read.map(({ kind, id, content, a, b }) => [kind, id, content, a.toString(), b.toString()])).toEqual([
    [frameKinds.result, 7, { kind: 'ok' }, 'out', 'err'],
    [frameKinds.pong, 0xffffffff, {}, '', ''],
  ])
})

test('a length beyond its bound is refused with the header, before the bytes come', () => {
  const header = Buffer.from(frames[0]!.subarray(0, 24))
  header.writeUInt32BE(0xffffffff, 16)
  expect(() => new FrameReader().push(header)).toThrow('4294967295')
})

function engineFrame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

test.each([1, 3, 7, 8, 9, 1_000])('the engine’s two streams survive chunks of %i bytes', (size) => {
  const seen = { stdout: '', stderr: '' }
  const stream = new EngineStream({
    stdout: (bytes) => (seen.stdout += bytes.toString()),
    stderr: (bytes) => (seen.stderr += bytes.toString()),
  })
  const bytes = Buffer.concat([
    engineFrame(1, 'one'),
    engineFrame(2, 'two'),
    engineFrame(1, ''),
    engineFrame(1, 'three'),
  ])
  for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size))
  expect(seen).toEqual({ stdout: 'onethree', stderr: 'two' })
})

test.each([
  ['nothing', 'plain words\n', ''],
  [
    'the last of two',
    'Traceback (most recent call last):\n  a\nE: 1\nmore\nTraceback (most recent call last):\n  b\nE: 2\n',
    'Traceback (most recent call last):\n  b\nE: 2',
  ],
  [
    'the whole chain',
    'Traceback (most recent call last):\n  a\nE: 1\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  b\nE: 2\n',
    'Traceback (most recent call last):\n  a\nE: 1\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  b\nE: 2',
  ],
  [
    'the place of a syntax error',
    '  File "program.py", line 1\n    1 +\n       ^\nSyntaxError: invalid syntax\n',
    '  File "program.py", line 1\n    1 +\n       ^\nSyntaxError: invalid syntax',
  ],
])('the traceback in standard error: %s', (_name, stderr, traceback) => {
  expect(tracebackIn(stderr)).toBe(traceback)
})

test('a slot belongs to the process that started it, on this boot of this machine', () => {
  const us = thisOwner()
  const gone = (changed: Partial<typeof us>) => ownerIsGone(writeOwner({ ...us, ...changed }), us)
  expect(gone({})).toBe(false)
  expect(gone({ start: '1' })).toBe(true)
  expect(gone({ pid: 0x7fffffff })).toBe(true)
  expect(gone({ boot: 'before' })).toBe(true)
  expect(gone({ host: 'elsewhere', boot: 'before' })).toBe(false)
  // Another container of the same host's name: its process 7 is not ours.
  expect(gone({ namespace: '4026530000', pid: 0x7fffffff })).toBe(false)
  expect(gone({ namespace: '4026530000', boot: 'before' })).toBe(true)
  expect(ownerIsGone('', us)).toBe(false)
})

test.each([
  ['print(1)', 'bare'],
  ['import sympy as sp', 'math'],
  ['from numpy.linalg import det', 'math'],
  ['print("symphony")', 'bare'],
] as const)('%s runs best on a %s slot', (source, template) => {
  expect(templateFor(source)).toBe(template)
})
