import { lastError } from '../../../infra/supervisor/last-error.ts'

// What services of ours have printed when they could not start, shortened.
test.each([
  [
    'a worker: the error that ended it, and not its JSON',
    `{"level":40,"time":1,"worker":"rollout","pid":7,"address":"127.0.0.1:1","error":"connection refused","msg":"no Temporal server answers"}
{"level":60,"time":2,"worker":"rollout","pid":7,"err":{"type":"Error","message":"the command \\"bwrap\\" is not on PATH","stack":"Error: …\\n    at run"},"msg":"the command \\"bwrap\\" is not on PATH"}
`,
    'the command "bwrap" is not on PATH',
  ],
  [
    'Temporal, whose JSON says what failed and why',
    `{"time":"2026-11-30T20:00:00Z","level":"WARN","msg":"slow"}
{"time":"2026-11-30T20:00:01Z","level":"ERROR","msg":"Unable to start server","error":"listen tcp 127.0.0.1:7233: bind: address already in use"}
`,
    'Unable to start server: listen tcp 127.0.0.1:7233: bind: address already in use',
  ],
  [
    'Temporal before it logs JSON',
    'Error: failed starting server: failed creating namespaces: file is not a database (26)\n\n',
    'failed starting server: failed creating namespaces: file is not a database (26)',
  ],
  [
    'a Python traceback',
    `Traceback (most recent call last):
  File "/src/ml/agent0_ml/model_server/__main__.py", line 41, in listening
    listener.bind((host, port))
OSError: [Errno 98] Address already in use
`,
    '[Errno 98] Address already in use (OSError)',
  ],
  [
    'a Python exception without words',
    'Traceback (most recent call last):\n  File "a.py"\nAssertionError\n',
    'AssertionError',
  ],
  [
    'an exception of a module, after which another line was printed',
    'torch.OutOfMemoryError: CUDA out of memory.\nsys:1: a warning of the interpreter\n',
    'CUDA out of memory. (OutOfMemoryError)',
  ],
  [
    'arguments that a Python command does not know',
    'usage: agent0_ml.trainer [-h]\nagent0_ml.trainer: error: unrecognized arguments: --x\n',
    'unrecognized arguments: --x',
  ],
  [
    'a crash of Node',
    `node:internal/modules/esm/resolve:275
    throw new ERR_MODULE_NOT_FOUND(
          ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'pino' imported from /src/workers/main.ts
    at packageResolve (node:internal/modules/esm/resolve:768:81)
  code: 'ERR_MODULE_NOT_FOUND'
}

Node.js v24.21.0
`,
    "Cannot find package 'pino' imported from /src/workers/main.ts",
  ],
  [
    'a plain sentence',
    'starting\n/models/x cannot be served: it has no config.json\n',
    '/models/x cannot be served: it has no config.json',
  ],
  ['JSON without an error: the last message', '{"level":30,"msg":"ready"}\n', 'ready'],
])('%s', (_what, log, sentence) => {
  expect(lastError(log)).toBe(sentence)
})

test('nothing logged is no error, and what is endless is cut', () => {
  expect(lastError('\n \n')).toBeUndefined()
  expect(lastError(`Error: ${'x'.repeat(10_000)}`)).toHaveLength(300)
})
