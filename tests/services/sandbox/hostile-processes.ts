import { ATTEMPT, type HostileProgram } from './hostile-program.ts'

const SHORT = { cpuMs: 1_000, wallMs: 1_500 }

export const hostileProcesses: HostileProgram[] = [
  {
    name: 'a fork bomb times out',
    source: 'import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass',
    limits: SHORT,
    mayCostSlot: true,
    ends: ['timeout'],
  },
  {
    name: 'a loop that ignores every signal times out',
    source:
      'import signal\nfor n in range(1, 65):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError):\n        pass\nwhile True:\n    pass',
    limits: { cpuMs: 1_000 },
    ends: ['timeout'],
    fields: { clock: 'cpu' },
  },
  {
    name: 'a sleeper times out by the wall clock',
    source: 'import time\ntime.sleep(60)',
    limits: { wallMs: 300 },
    ends: ['timeout'],
    fields: { clock: 'wall' },
  },
  { name: 'a busy loop times out by its CPU time', source: 'while True: pass', limits: SHORT, ends: ['timeout'] },
  {
    name: 'a program that stops itself times out',
    source: 'import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)',
    limits: { wallMs: 300 },
    ends: ['timeout'],
  },
  {
    name: 'signals to the guest are ignored',
    source:
      'import os\nfor n in [*range(1, 65), 19, 9]:\n    try:\n        os.kill(1, n)\n    except OSError:\n        pass\nprint("alive")',
    ends: ['ok'],
    prints: 'alive\n',
  },
  {
    name: 'a flood of ended children does not disturb the guest',
    source:
      'import os, signal\nfor _ in range(200):\n    if os.fork() == 0:\n        os._exit(0)\n    try:\n        os.kill(1, signal.SIGCHLD)\n    except PermissionError:\n        pass\n    os.wait()\nprint("alive")',
    ends: ['ok'],
    prints: 'alive\n',
  },
  { name: 'kill(-1) reaches nobody', source: 'import os\nos.kill(-1, 9)', ends: ['ok', 'error'] },
  {
    name: 'exit code 3 is reported',
    source: 'import sys\nsys.exit(3)',
    ends: ['error'],
    fields: { exitCode: 3, traceback: '' },
  },
  { name: 'a text as exit code is an error', source: 'import sys\nsys.exit("no")', ends: ['error'], stderr: /^no\n$/ },
  {
    name: 'os._exit skips nothing of ours',
    source: 'import os\nos._exit(7)',
    ends: ['error'],
    fields: { exitCode: 7 },
  },
  { name: 'an early exit 0 prints nothing', source: 'import os\nprint("x")\nos._exit(0)', ends: ['ok'], prints: '' },
  {
    name: 'kill -9 of itself is a crash, not a death for memory',
    source: 'import os\nos.kill(os.getpid(), 9)',
    ends: ['crash'],
    fields: { signal: 'SIGKILL', oomKills: 0 },
  },
  { name: 'abort is a crash', source: 'import os\nos.abort()', ends: ['crash'], fields: { signal: 'SIGABRT' } },
  {
    name: 'a null pointer is a crash',
    source: 'import ctypes\nctypes.string_at(0)',
    ends: ['crash'],
    fields: { signal: 'SIGSEGV' },
  },
  {
    name: 'an alarm is a crash',
    source: 'import signal, time\nsignal.alarm(1)\ntime.sleep(5)',
    ends: ['crash'],
    fields: { signal: 'SIGALRM' },
  },
  {
    name: 'a daemon that holds standard output ends with its program',
    source:
      'import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(0.3)\n        print("late")\n        open("/tmp/late", "w")\n    os._exit(0)\nprint("main")',
    ends: ['ok'],
    prints: 'main\n',
  },
  {
    name: 'a grandchild that never closes the pipe does not hold the verdict',
    source: 'import subprocess\nsubprocess.Popen(["sleep", "60"])\nprint("main")',
    ends: ['ok'],
    prints: 'main\n',
  },
  {
    name: 'a thread bomb meets a limit',
    source:
      'import threading, time\nfor _ in range(1000):\n    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()',
    ends: ['error'],
    stderr: /can't start new thread/,
  },
  {
    name: 'a thread that never ends times out',
    source: 'import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()',
    limits: { wallMs: 400 },
    ends: ['timeout'],
  },
  {
    name: 'an endless exit handler times out',
    source: 'import atexit, time\natexit.register(time.sleep, 60)',
    limits: { wallMs: 400 },
    ends: ['timeout'],
  },
  {
    name: 'recursion without a limit ends',
    source: 'import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f() + 1\nf()',
    limits: SHORT,
    ends: ['error', 'timeout', 'crash'],
  },
  {
    name: 'a catastrophic regular expression times out',
    source: 'import re\nre.match(r"(a+)+$", "a" * 40 + "b")',
    limits: SHORT,
    ends: ['timeout'],
  },
  { name: 'a power tower ends', source: 'print(9**9**9)', limits: SHORT, ends: ['timeout', 'error'] },
  {
    name: 'a million brackets are an error',
    source: `print(${'('.repeat(100_000)}${')'.repeat(100_000)})`,
    ends: ['error', 'crash'],
  },
  { name: 'a NUL in the source is an error', source: 'print("a\0b")', ends: ['error'] },
  {
    name: 'another program in its place is still bounded',
    source: 'import os\nos.execv("/bin/sh", ["sh", "-c", "echo shell; while :; do :; done"])',
    limits: { cpuMs: 1_000 },
    ends: ['timeout'],
    prints: 'shell\n',
  },
  {
    name: 'rlimits cannot be raised',
    source:
      'import resource\nfor what in (resource.RLIMIT_CPU, resource.RLIMIT_DATA, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):\n    try:\n        resource.setrlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n        print("raised", what)\n    except (ValueError, OSError):\n        pass',
    ends: ['ok'],
    prints: '',
  },
  {
    name: 'it cannot make itself less likely to be killed for memory than the guest',
    source: ATTEMPT + 'attempt(lambda: os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-1000"))',
    ends: ['ok'],
    prints: /^(EACCES|EPERM)\n$/,
  },
  {
    name: 'it cannot become root',
    source: `${ATTEMPT}for change in (os.setuid, os.setgid): attempt(lambda: change(0))`,
    ends: ['ok'],
    prints: /^((EPERM|EINVAL)\n){2}$/,
  },
  {
    name: 'it cannot raise its priority',
    source: `${ATTEMPT}attempt(lambda: os.nice(-10))`,
    ends: ['ok'],
    prints: /^(EPERM|EACCES)\n$/,
  },
]
