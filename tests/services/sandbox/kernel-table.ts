/** One more than the last number of the kernel's table that is tried; the filter answers ENOSYS to what it does not know. */
export const NUMBERS = 512

/**
 * A program that calls the kernel by every number with PID 1, its group and its user where a call may take a process, a
 * group or a user, and prints how many numbers and calls it tried. Each number has a process of its own, because some
 * calls end their caller.
 */
export const WALK = `
import ctypes, os, signal, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
# Left out: what makes processes that would walk on by themselves, what ends the walk, and what writes the host's disks.
WITHOUT = {56, 57, 58, 59, 322, 60, 231, 15, 162, 306}
user = os.getuid()

small = ctypes.create_string_buffer(struct.pack("QQ", 1 << 20, 1 << 20) + bytes(240))
lazy = ctypes.create_string_buffer(struct.pack("IIQiIQQQII", 56, 3, 0, 5, 0, 0, 0, 0, 0, 0) + bytes(200))
core = ctypes.create_string_buffer(struct.pack("Q", 1) + bytes(248))
pointers = [ctypes.addressof(buffer) for buffer in (small, lazy, core)]
FIRST = [(1, 0), (1, 1), (1, 3), (1, 8), *((1, at) for at in pointers), (0, 1), (2, 0), (2, user), (3, 0), (3, user),
         (-1, 1), (62, 2), *((62, what) for what in (1, 3))]
VECTORS = [(*first, third, fourth) for first in FIRST for third in (0, 19, 3 << 13, *pointers) for fourth in (0, pointers[0])]

def woken(*_):
    raise TimeoutError

def walk(number, out):
    os.setsid()
    signal.signal(signal.SIGALRM, woken)
    waits = 0
    for index, vector in enumerate(VECTORS):
        if waits == 3:
            break
        os.write(out, struct.pack("H", index + 1))
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, vector))
        except TimeoutError:
            waits += 1
    os._exit(0)

def number_by_number():
    tried = 0
    for number in range(${NUMBERS}):
        if number in WITHOUT:
            continue
        inside, out = os.pipe()
        pid = os.fork()
        if pid == 0:
            for fd in (0, 1, 2):
                os.dup2(os.open("/dev/null", os.O_RDWR), fd)
            walk(number, out)
        os.close(out)
        latest = time.monotonic() + 2
        while os.waitpid(pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > latest:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                break
            time.sleep(0.0005)
        os.set_blocking(inside, False)
        try:
            tried += len(os.read(inside, 1 << 16)) // 2
        except BlockingIOError:
            pass
        os.close(inside)
    return tried

print("numbers", ${NUMBERS} - len(WITHOUT), "calls", number_by_number())
`
