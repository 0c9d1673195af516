import type { HostileProgram } from './hostile-program.ts'

const NO_TOTAL = { bubblewrap: 'no bound on the memory of all processes of a program together' }

export const hostileMemory: HostileProgram[] = [
  {
    name: 'a memory bomb is a MemoryError',
    source: 'x = []\nwhile True:\n    x.append(bytearray(1 << 20))',
    ends: ['error'],
    fields: { memoryError: true, oomKills: 0 },
  },
  {
    name: 'one big allocation is a MemoryError',
    source: 'x = bytearray(10**10)',
    ends: ['error'],
    fields: { memoryError: true },
  },
  {
    name: 'a numpy array that does not fit is a MemoryError',
    source: 'import numpy\nnumpy.ones(10**9)',
    ends: ['error'],
    fields: { memoryError: true },
  },
  {
    name: 'a decompression bomb is a MemoryError',
    source:
      'import zlib\nc = zlib.compressobj()\nd = b"".join(c.compress(bytes(1 << 20)) for _ in range(300)) + c.flush()\nlen(zlib.decompress(d))',
    limits: { cpuMs: 30_000 },
    ends: ['error'],
    fields: { memoryError: true },
  },
  {
    name: 'shared memory beyond the container is a death for memory',
    source: 'import mmap\nm = mmap.mmap(-1, 1 << 30)\nfor at in range(0, 1 << 30, 4096):\n    m[at] = 1',
    ends: ['memory'],
    mayCostSlot: true,
    notOn: NO_TOTAL,
  },
  {
    name: 'files in memory beyond the container are a death for memory',
    source: 'import os\nfor n in range(50):\n    os.write(os.memfd_create(str(n)), bytes(15 << 20))',
    ends: ['memory'],
    mayCostSlot: true,
    notOn: NO_TOTAL,
  },
  {
    name: 'ten processes that eat memory die for it, their parent goes on',
    source: `
import os, time
for _ in range(10):
    if os.fork() == 0:
        x = bytearray(130 << 20)
        for at in range(0, len(x), 4096): x[at] = 1
        time.sleep(1)
        os._exit(0)
ended = [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(10)]
print("killed", ended.count(-9) > 5)`,
    ends: ['ok'],
    prints: 'killed True\n',
    mayCostSlot: true,
    notOn: NO_TOTAL,
  },
]

const OUTPUT = { wallMs: 3_000 }

export const hostileOutput: HostileProgram[] = [
  {
    name: 'an endless print meets the output limit',
    source: 'while True: print("A" * 10**6)',
    limits: OUTPUT,
    ends: ['output_limit'],
    fields: { truncated: true },
    prints: /^A{1000}/,
  },
  {
    name: 'endless errors meet the output limit',
    source: 'import os\nwhile True: os.write(2, b"E" * 65536)',
    limits: OUTPUT,
    ends: ['output_limit'],
    stderr: /^EEE/,
  },
  {
    name: 'an honest print of 5 MB is cut and ok, with its beginning and its end',
    source: 'print("start", "x" * 5_000_000, "end")',
    ends: ['ok'],
    fields: { truncated: true, stdoutBytes: 5_000_011 },
    prints: /^start x+\n\[4934475 bytes left out\]\nx+ end\n$/,
  },
  {
    name: 'a lone surrogate is printed as text',
    source: String.raw`print("\ud800")`,
    ends: ['ok'],
    prints: '\\ud800\n',
  },
  {
    name: 'bytes that are no text are replaced at the host',
    source: String.raw`import os; os.write(1, b"\xff\xfe\x00\x80")`,
    ends: ['ok'],
    prints: '\ufffd\ufffd\0\ufffd',
    fields: { stdoutBytes: 4 },
  },
  {
    name: 'a message of 10 MB is cut',
    source: 'raise ValueError("v" * 10_000_000)',
    ends: ['error'],
    fields: { truncated: true, exitCode: 1 },
  },
  {
    name: 'closed standard streams do not hang',
    source: 'import os\nfor fd in (0, 1, 2): os.close(fd)\nprint("x")',
    ends: ['error'],
    fields: { exitCode: 120 },
  },
  { name: 'a closed sys.stdout is no error', source: 'import sys\nsys.stdout.close()', ends: ['ok'] },
  {
    name: 'standard output on a file is empty for us',
    source: 'import os\nos.dup2(os.open("/tmp/out", os.O_CREAT | os.O_WRONLY), 1)\nprint("x")',
    ends: ['ok'],
    prints: '',
  },
  {
    name: 'a lost sys.stdout is no error',
    source: 'import sys\nsys.stdout = None\nprint("x")',
    ends: ['ok'],
    prints: '',
  },
  {
    name: 'an excepthook that fails ends as an error',
    source: 'import sys\ndef hook(*_): raise KeyError\nsys.excepthook = hook\n1/0',
    ends: ['error'],
  },
  { name: 'input without standard input is an EOFError', source: 'input()', ends: ['error'], stderr: /EOFError/ },
  {
    name: 'a megabyte of standard input arrives whole',
    source: 'import sys\nprint(len(sys.stdin.read()))',
    stdin: 'i'.repeat(1 << 20),
    ends: ['ok'],
    prints: '1048576\n',
  },
]
