import { ATTEMPT, type HostileProgram } from './hostile-program.ts'

/** One attempt of Python: what it tries, and the errors that are right. */
function attempts(
  name: string,
  code: string,
  answer: string | RegExp,
  more: Partial<HostileProgram> = {},
): HostileProgram {
  return { name, source: ATTEMPT + code, ends: ['ok'], prints: answer, ...more }
}

const EPERM = 'EPERM\n'

/** What acts on PID 1, on the user or on the group, and so on the next program. Refused by the second filter. */
const onPid1: HostileProgram[] = [
  ...['FSIZE', 'CPU', 'DATA', 'NOFILE', 'NPROC', 'AS', 'STACK', 'CORE'].map((limit) =>
    attempts(
      `the limit ${limit} of the guest stays`,
      `import resource\nattempt(lambda: resource.prlimit(1, resource.RLIMIT_${limit}, (1 << 20, 1 << 20)))`,
      EPERM,
    ),
  ),
  attempts(
    'the limits of the guest are not even read',
    'import resource\nattempt(lambda: resource.prlimit(1, resource.RLIMIT_CPU))',
    EPERM,
  ),
  attempts('the cores of the guest stay', 'attempt(lambda: os.sched_setaffinity(1, {0}))', EPERM),
  attempts(
    'the scheduler of the guest stays',
    'for policy in (os.SCHED_BATCH, os.SCHED_IDLE): attempt(lambda: os.sched_setscheduler(1, policy, os.sched_param(0)))',
    EPERM.repeat(2),
  ),
  attempts('the parameters of its scheduler stay', 'attempt(lambda: os.sched_setparam(1, os.sched_param(0)))', EPERM),
  attempts(
    'the attributes of its scheduler stay',
    'import struct\nprint(syscall(314, 1, struct.pack("IIQiIQQQII", 56, 3, 0, 19, 0, 0, 0, 0, 0, 0), 0))',
    EPERM,
  ),
  attempts('the priority of the guest stays', 'attempt(lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))', EPERM),
  attempts(
    'the priority of its user stays',
    'for who in (0, os.getuid()): attempt(lambda: os.setpriority(os.PRIO_USER, who, 19))',
    EPERM.repeat(2),
  ),
  attempts('the priority of its group stays', 'attempt(lambda: os.setpriority(os.PRIO_PGRP, 1, 19))', EPERM),
  attempts(
    'the I/O class of the guest and of its user stays',
    'print(syscall(251, 1, 1, 3 << 13), syscall(251, 2, 1, 3 << 13), syscall(251, 3, 0, 3 << 13), syscall(251, 3, os.getuid(), 3 << 13))',
    'EPERM EPERM EPERM EPERM\n',
  ),
  attempts(
    'no handle of the guest',
    'attempt(lambda: os.pidfd_open(1))\nattempt(lambda: signal.pidfd_send_signal(os.open("/proc/1", os.O_RDONLY), 0))',
    EPERM.repeat(2),
  ),
  attempts(
    'no signal by any call',
    'print({syscall(62, 1, n) for n in range(65)}, {syscall(200, 1, n) for n in range(65)}, {syscall(234, 1, 1, n) for n in range(65)}, syscall(129, 1, 10, bytes(128)), syscall(297, 1, 1, 10, bytes(128)))',
    "{'EPERM'} {'EPERM'} {'EPERM'} EPERM EPERM\n",
  ),
  attempts(
    'no signal as the owner of a descriptor',
    'import fcntl, struct\nreader, writer = os.pipe()\nattempt(lambda: fcntl.fcntl(reader, fcntl.F_SETOWN, 1))\nattempt(lambda: fcntl.fcntl(reader, 15, struct.pack("ii", 1, 1)))\nattempt(lambda: fcntl.ioctl(socket.socket(), 0x8901, struct.pack("i", 1)))\nattempt(lambda: fcntl.ioctl(socket.socket(), 0x8902, struct.pack("i", 1)))',
    EPERM.repeat(4),
  ),
  attempts(
    'the memory of the guest is not moved',
    'print(syscall(256, 1, 64, bytes(8), bytes(8)), syscall(279, 1, 0, 0, 0, 0, 2), syscall(279, 0, 0, 0, 0, 0, 2))',
    'EPERM EPERM EPERM\n',
  ),
  attempts('its robust list is not read', 'print(syscall(274, 1, bytearray(8) and None, None))', EPERM),
  attempts(
    'no timer on its processor time',
    'clock = ctypes.c_int((~1 << 3) | 2)\nprint(syscall(222, clock, None, bytes(8)), syscall(230, clock, 0, bytes(16), None))',
    'EPERM EPERM\n',
  ),
  attempts(
    'no core-scheduling group with it',
    'print(syscall(157, 62, 2, 1, 0, 0), syscall(157, 62, 1, 0, 1, 0))',
    'EPERM EPERM\n',
  ),
  attempts('no memory of it given back', 'print(syscall(440, 3, 0, 0, 21, 0), syscall(448, 3, 0))', 'EPERM EPERM\n'),
  attempts(
    'nothing below its folder in /proc can be written',
    `
opened = []
for folder, _, files in os.walk("/proc/1"):
    for file in files:
        try:
            with open(f"{folder}/{file}", "r+b", 0) as writer:
                for text in (b"1", b"19", b"0"):
                    writer.write(text)
                    opened.append(f"{folder}/{file}")
        except OSError: pass
print(opened)`,
    '[]\n',
  ),
  attempts(
    'no setting of the kernel can be written',
    `
opened = []
for folder, _, files in os.walk("/proc/sys"):
    for file in files:
        try:
            os.close(os.open(f"{folder}/{file}", os.O_WRONLY))
            opened.append(file)
        except OSError: pass
print(opened)`,
    '[]\n',
  ),
  attempts(
    'it cannot join the guest’s group or session',
    'attempt(lambda: os.setpgid(0, 1))\nattempt(lambda: os.setpgid(1, 0))',
    /^((EPERM|ESRCH|EINVAL)\n){2}$/,
  ),
  attempts(
    'a sibling of its own, made with CLONE_PARENT, ends with it',
    'if libc.syscall(56, 0x8000 | 17, 0, 0, 0, 0) == 0:\n    import time\n    time.sleep(60)\nprint("main")',
    'main\n',
  ),
]

/** What would stay in the file systems, the network or the kernel when its process is gone. */
const leftBehind: HostileProgram[] = [
  attempts(
    'the modes of what it owns are put back',
    'for path in ("/tmp", "/dev/shm", "/dev/pts", "/dev/pts/ptmx", "/dev/mqueue"):\n    try:\n        os.chmod(path, 0o700)\n    except OSError: pass',
    '',
    { mayCostSlot: true },
  ),
  attempts(
    'attributes of its folder are refused',
    'for path in ("/tmp", "/dev/shm"): attempt(lambda: os.setxattr(path, "user.left", b"x"))',
    EPERM.repeat(2),
  ),
  attempts(
    'an access list of its folder is refused',
    'attempt(lambda: os.setxattr("/tmp", "system.posix_acl_default", bytes(4)))',
    EPERM,
  ),
  attempts(
    'flags of its folder are refused',
    'import fcntl, struct\nfd = os.open("/tmp", os.O_RDONLY)\nattempt(lambda: fcntl.ioctl(fd, 0x40086602, struct.pack("l", 0x40)))',
    EPERM,
  ),
  attempts('the times of its folder are not its own', 'try:\n    os.utime("/tmp", (1, 1))\nexcept OSError: pass', ''),
  attempts('its folder’s owner stays', 'attempt(lambda: os.chown("/tmp", 0, 0))', /^(EPERM|EINVAL)\n$/),
  attempts(
    'hard links, folders in folders and a moved folder are wiped',
    'os.mkdir("a")\nopen("a/f", "w").close()\nos.link("a/f", "l")\nos.rename("a", "/tmp/b")\nos.symlink("/tmp", "/tmp/b/up")',
    '',
  ),
  attempts(
    'files in /dev/shm and a file that is open for ever are wiped',
    'open("/dev/shm/x", "w").write("x" * 1000)\nfile = open("/tmp/y", "w")\nif os.fork() == 0:\n    os.setsid()\n    import time\n    time.sleep(60)',
    '',
  ),
  attempts(
    'files of a size that nobody has written are wiped',
    'for n in range(3):\n    with open(f"/tmp/{n}", "w") as file: file.truncate(16 << 20)',
    '',
  ),
  attempts(
    'a full file system is empty for the next',
    'try:\n    for n in range(10): open(f"/tmp/{n}", "wb").write(bytes(10 << 20))\nexcept OSError: pass',
    '',
  ),
  attempts(
    'a connection that keeps its port costs the slot',
    'server = socket.create_server(("127.0.0.1", 5000))\nclient = socket.create_connection(("127.0.0.1", 5000))\nother, _ = server.accept()\nother.close()\nclient.recv(1)',
    '',
    { mayCostSlot: true },
  ),
  attempts(
    'a listener and a datagram socket leave their ports',
    'server = socket.create_server(("127.0.0.1", 5001))\nmessage = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nmessage.bind(("127.0.0.1", 5002))\nmessage.sendto(b"x", ("127.0.0.1", 5002))',
    '',
  ),
  attempts('abstract sockets are gone', 'socket.socket(socket.AF_UNIX).bind("\\0left")', ''),
  // Twice: the kernel bounds how many a user may have in flight, and one program alone has most of them.
  ...['first', 'second'].map((turn) =>
    attempts(
      `sockets that hold one another are gone, ${turn} program`,
      'import array\nfor _ in range(12):\n    a, b = socket.socketpair()\n    rights = array.array("i", [a.fileno(), b.fileno()])\n    for one in (a, b): one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])',
      '',
    ),
  ),
  attempts(
    'descriptors cannot be handed to the guest',
    'held = []\nfor number in range(3, 256):\n    try:\n        socket.socket(fileno=number)\n        held.append(number)\n    except OSError: pass\nprint(held)',
    '[]\n',
  ),
  attempts(
    'keys of the kernel are refused',
    'print(syscall(248, b"user", b"left", b"x", 1, -4), syscall(250, 0, -4, 1), syscall(249, b"user", b"left", None, -4))',
    'EPERM EPERM EPERM\n',
  ),
  attempts(
    'locks and leases on shared files are gone',
    'import fcntl\nfile = open("/etc/passwd")\nfcntl.flock(file, fcntl.LOCK_SH)\nif os.fork() == 0: os._exit(0)',
    '',
  ),
  attempts(
    'watchers and timers of many kinds are gone',
    'fds = [libc.inotify_init(), libc.eventfd(0, 0), libc.timerfd_create(1, 0), libc.epoll_create(1), libc.signalfd(-1, bytes(128), 0)]\nsignal.setitimer(signal.ITIMER_REAL, 30)\nprint(min(fds) > 0)',
    'True\n',
  ),
  attempts('a bigger pipe is refused', 'import fcntl\nattempt(lambda: fcntl.fcntl(1, 1031, 1 << 20))', EPERM),
  attempts(
    'locked memory is given back',
    'import mmap\nmemory = mmap.mmap(-1, 1 << 20)\nprint(libc.mlockall(3) in (0, -1))',
    'True\n',
    { ends: ['ok', 'error', 'crash'], prints: /^(True\n)?$/ },
  ),
  attempts(
    'an idle, niced, masked process leaves the next as it was',
    'os.nice(19)\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nos.sched_setaffinity(0, {0})\nos.umask(0o777)\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nlibc.personality(0x0040000)\nlibc.prctl(29, 10 ** 9)\nos.chdir("/")',
    '',
  ),
  attempts('strict mode on top of the filters is refused', 'print(libc.prctl(22, 1, 0, 0, 0))', '-1\n'),
  attempts('a terminal of its own is gone', 'try:\n    print(len(os.openpty()))\nexcept OSError: print(2)', '2\n'),
  attempts(
    'the clock and the name of the machine stay',
    'import time\nattempt(lambda: time.clock_settime(0, 1))\nattempt(lambda: socket.sethostname("x"))',
    EPERM.repeat(2),
  ),
  attempts(
    'mounts in a user namespace of its own are refused',
    'print(syscall(272, 0x10000000), syscall(272, 0x20000), syscall(308, os.open("/proc/self/ns/net", 0), 0), syscall(165, b"x", b"/tmp", b"tmpfs", 0, 0))',
    'EPERM EPERM EPERM EPERM\n',
  ),
  attempts(
    'calls of a kernel that is newer than the filter are absent',
    'print({syscall(number, 0, 0, 0) for number in range(470, 600)})',
    "{'ENOSYS'}\n",
  ),
  attempts(
    'a full process table ends with it',
    'import time\nfor _ in range(100):\n    try:\n        if os.fork() == 0: time.sleep(60)\n    except OSError: break',
    '',
    { mayCostSlot: true },
  ),
  attempts(
    'threads that never end leave nothing',
    'import threading, time\nfor _ in range(20): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()',
    '',
  ),
]

export const hostileNext: HostileProgram[] = [...onPid1, ...leftBehind]
