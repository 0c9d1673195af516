import { ATTEMPT, type HostileProgram } from './hostile-program.ts'

/** The system calls that the second filter refuses, by their x86-64 number. */
const REFUSED = [
  101, 310, 311, 312, 438, 440, 272, 308, 165, 166, 155, 161, 428, 429, 430, 431, 432, 433, 442, 303, 304, 321, 298,
  425, 426, 427, 323, 278, 250, 248, 249, 300, 29, 30, 31, 67, 68, 69, 70, 71, 64, 65, 66, 220, 240, 241, 242, 243, 244,
  245, 175, 313, 176, 246, 320, 179, 167, 168, 169, 163, 164, 227, 103, 447, 448, 279, 256, 424, 443, 188, 189, 190,
  463, 467, 469,
]

export const hostileKernel: HostileProgram[] = [
  {
    name: 'refused system calls answer EPERM, clone3 ENOSYS',
    source: `${ATTEMPT}print({syscall(n, 0, 0, 0, 0, 0, 0) for n in ${JSON.stringify(REFUSED)}}, syscall(435, 0, 0))`,
    ends: ['ok'],
    prints: "{'EPERM'} ENOSYS\n",
  },
  {
    name: 'clone with a new namespace is refused',
    source: `${ATTEMPT}print({syscall(56, 1 << bit, 0, 0, 0, 0) for bit in (17, 25, 26, 27, 28, 29, 30)})`,
    ends: ['ok'],
    prints: "{'EPERM'}\n",
  },
  {
    name: 'calls of a foreign ABI are refused',
    source: `${ATTEMPT}print(syscall(0x40000000 + 39))`,
    ends: ['ok'],
    prints: 'EPERM\n',
  },
  {
    name: 'the network does not exist',
    source: `${ATTEMPT}
for address in ("169.254.169.254", "8.8.8.8", "172.17.0.1"):
    attempt(lambda: socket.create_connection((address, 80), 0.3))
attempt(lambda: socket.getaddrinfo("example.org", 80))`,
    ends: ['ok'],
    prints: /^(ENETUNREACH\n|unreachable\n){4}$/,
  },
  {
    name: 'other socket families are refused',
    source: `${ATTEMPT}
for family in (16, 17, 38, 40, 31): attempt(lambda: socket.socket(family, socket.SOCK_RAW))`,
    ends: ['ok'],
    prints: 'EPERM\n'.repeat(5),
  },
  {
    name: 'of the guest only its command line is readable',
    source: `${ATTEMPT}
for file in ("environ", "maps", "mem", "fd", "root", "cwd"):
    path = "/proc/1/" + file
    attempt(lambda: os.listdir(path) if file == "fd" else os.readlink(path) if file in ("root", "cwd") else open(path, "rb").read(1))`,
    ends: ['ok'],
    prints: /^((EACCES|EPERM)\n){6}$/,
  },
  {
    name: 'the guest cannot be traced or read',
    source: `${ATTEMPT}
print({syscall(101, request, 1, 0, 0) for request in (16, 0x4206)}, syscall(310, 1, 0, 0, 0, 0, 0))
attempt(lambda: os.open("/proc/1/mem", os.O_RDWR))`,
    ends: ['ok'],
    prints: "{'EPERM'} EPERM\nEACCES\n",
  },
  {
    name: 'a forged result reaches nobody',
    source: `${ATTEMPT}
import struct
frame = struct.pack(">IBBHIIII", 0x41305342, 1, 3, 0, 1, 2, 6, 0) + b"{}FORGED"
written = 0
for number in range(3, 256):
    try:
        written += os.write(number, frame)
    except OSError:
        pass
for number in range(256):
    try:
        with open(f"/proc/1/fd/{number}", "wb") as file: written += file.write(frame)
    except OSError:
        pass
print("written", written)`,
    ends: ['ok'],
    prints: 'written 0\n',
  },
  {
    name: 'a frame on standard output is only text',
    source: 'import os, struct\nos.write(1, struct.pack(">IBBHIIII", 0x41305342, 1, 3, 0, 1, 0, 0, 0))\nos._exit(1)',
    ends: ['error'],
  },
  {
    name: 'setuid binaries have no effect',
    source:
      'import subprocess\nprint(subprocess.run(["su", "-c", "id"], stdin=subprocess.DEVNULL, capture_output=True).returncode != 0)',
    ends: ['ok', 'error'],
    prints: /^(True\n)?$/,
  },
  {
    name: 'a binary in memory is allowed and gains nothing; one in /tmp does not run',
    source: `${ATTEMPT}
import shutil
shutil.copy("/bin/true", "/tmp/true")
os.chmod("/tmp/true", 0o755)
def run(path):
    pid = os.fork()
    if pid == 0:
        try:
            os.execv(path, ["true"])
        except OSError:
            os._exit(9)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
fd = os.memfd_create("true", 0)
os.write(fd, open("/bin/true", "rb").read())
print(run(f"/proc/self/fd/{fd}"), run("/tmp/true"))`,
    ends: ['ok'],
    prints: '0 9\n',
    notOn: { bubblewrap: 'its temporary file systems can hold programs' },
  },
  {
    name: 'devices and kernel settings cannot be opened for writing',
    source: `${ATTEMPT}
for path in ("/dev/mem", "/dev/kmsg", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/power/state", "/etc/passwd"):
    try:
        open(path, "w")
        print("opened", path)
    except OSError:
        pass`,
    ends: ['ok'],
    prints: '',
  },
  {
    name: 'device nodes cannot be made',
    source: `${ATTEMPT}attempt(lambda: os.mknod("/tmp/disk", 0o660 | 0o060000, os.makedev(8, 0)))`,
    ends: ['ok'],
    prints: 'EPERM\n',
  },
  {
    name: 'the environment holds nothing of ours',
    source: 'import os\nprint(sorted(set(os.environ) - {"HOSTNAME", "PWD", "LC_CTYPE"}))',
    ends: ['ok'],
    prints:
      "['HOME', 'LANG', 'MALLOC_ARENA_MAX', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH', 'PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED']\n",
  },
]
