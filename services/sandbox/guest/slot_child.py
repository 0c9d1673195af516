"""The forked process of one program: locks itself down, waits for the program, runs it as Python would."""

import atexit
import builtins
import fcntl
import json
import linecache
import os
import resource
import signal
import sys
import threading
import traceback
import types

from slot_filter import libc
from slot_frames import HEADER, TOKEN_BYTES

PR_SET_DUMPABLE = 4
FILE_NAME = "program.py"
BEGUN = b"\x01"
OWN_FOLDER = os.path.dirname(__file__)


class PrepareOnImport:
    """Prepares a package when a program of the bare template imports it."""

    def __init__(self, seed):
        self.seed = seed

    def find_spec(self, name, path=None, target=None):
        if name not in PREPARATIONS:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next((found for finder in others if (found := finder.find_spec(name, path, target))), None)
        if spec is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (execute(module), PREPARATIONS[name](module, self.seed))
        return spec


PREPARATIONS = {
    "random": lambda module, seed: module.seed(seed),
    # [1.0, 2] and not [np.float64(1.0), np.int64(2)]: what is printed becomes an answer.
    "numpy": lambda module, seed: module.set_printoptions(legacy="1.25"),
    "numpy.random": lambda module, seed: module.seed(seed % (1 << 32)),
    "sympy.core.random": lambda module, seed: module.seed(seed),
}


def prepare_packages(seed):
    """Seeds random states, and lets numbers print as numbers, whole."""
    sys.set_int_max_str_digits(0)
    for name, prepare in PREPARATIONS.items():
        if name in sys.modules:
            prepare(sys.modules[name], seed)
    sys.meta_path.insert(0, PrepareOnImport(seed))


def limit(what, value):
    resource.setrlimit(what, (value, value))


def limit_resources(limits, kept):
    """Applies the limits of one execution. In a kept session only the soft CPU limit moves, from cell to cell."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + max(1, -(-limits["cpuMs"] // 1000))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY if kept else seconds + 1))
    limit(resource.RLIMIT_DATA, limits["memoryBytes"])
    limit(resource.RLIMIT_AS, limits["memoryBytes"] + (4 << 30))
    limit(resource.RLIMIT_FSIZE, 16 << 20)
    limit(resource.RLIMIT_NOFILE, 64)
    limit(resource.RLIMIT_NPROC, 48)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_MSGQUEUE, 0)


def lock_down(control, out, err):
    """Makes the forked child an ordinary process that sees nothing of the guest. The filter it has from PID 1."""
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # or its own /proc/self would belong to root
    score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)  # first to be killed for memory; closed below
    os.write(score, b"1000")
    os.setsid()
    os.chdir("/tmp")
    control = fcntl.fcntl(control, fcntl.F_DUPFD_CLOEXEC, 60)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.closerange(3, control)
    os.closerange(control + 1, 4096)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return control


def receive(fd, size):
    data = bytearray()
    while len(data) < size:
        chunk = os.read(fd, size - len(data))
        if not chunk:
            os._exit(0)  # the guest is gone
        data += chunk
    return bytes(data)


def give_stdin(data):
    fd = os.memfd_create("stdin") if data else os.open("/dev/null", os.O_RDONLY)
    if data:
        os.write(fd, data)
        os.lseek(fd, 0, os.SEEK_SET)
    os.dup2(fd, 0)
    os.close(fd)


def report_exception(error):
    """Prints what Python prints, without the guest's frames."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(OWN_FOLDER):
        frames = frames.tb_next
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, frames)
    else:
        traceback.print_exception(type(error), error, frames)


def read_source(source):
    """The program as text, which tracebacks quote."""
    text = source.decode("utf-8", "replace") + "\n"
    linecache.cache[FILE_NAME] = (len(text), None, text.splitlines(True), FILE_NAME)
    return text


def run_source(text, namespace):
    """Runs one program to its end and gives the exit code that Python would give."""
    try:
        exec(compile(text, FILE_NAME, "exec", dont_inherit=True), namespace)
        return 0
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return (leaving.code or 0) & 0xFF
        print(leaving.code, file=sys.stderr)
        return 1
    except BaseException as error:
        report_exception(error)
        return 1


def flush_streams():
    """Flushes as the interpreter does at its end; False where standard output cannot be written any more."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
        return True
    except Exception:
        return False


def finish(code):
    """The interpreter's own end without its finalisation, which would write to every inherited page."""
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    finally:
        os._exit(code if flush_streams() else 120)


def main_module():
    main = types.ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __file__=FILE_NAME)
    sys.modules["__main__"] = main
    sys.argv = [FILE_NAME]
    return main


def child(control, out, err):
    """Waits locked down for a program, runs it and exits; in a kept session waits for the next one.

    Until it says that it has begun, an end is the slot's fault. Only a kept session keeps the channel while its program
    runs: then the end of a block holds the token that came with the block.
    """
    control = lock_down(control, out, err)
    main = main_module()
    begun = False
    while True:
        token = receive(control, TOKEN_BYTES)
        header = HEADER.unpack(receive(control, HEADER.size))
        request, source, stdin = (receive(control, size) for size in header[5:])
        request = json.loads(request)
        give_stdin(stdin)
        if not begun:
            prepare_packages(request["seed"])
        text = read_source(source)
        del header, source, stdin
        limit_resources(request["limits"], request["keep"])
        if not begun:
            os.write(control, BEGUN)
            begun = True
        if not request["keep"]:
            os.close(control)
            finish(run_source(text, main.__dict__))
        code = run_source(text, main.__dict__)
        flush_streams()
        os.write(control, token + bytes([code]))
