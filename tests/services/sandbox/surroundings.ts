import type { Sandbox } from '../../../contracts/ports/index.ts'
import { limits } from '../../support/sandbox-limits.ts'

/**
 * A program that prints all that it can see of its surroundings and that another program could have changed: two programs
 * that ask in turn must see the same as two in fresh slots. Numbers of processes and of containers are left out.
 */
const SURROUNDINGS = `
import ctypes, gc, json, os, random, resource, signal, sys
libc = ctypes.CDLL(None, use_errno=True)

def attempt(action):
    try:
        return action()
    except OSError as error:
        return f"errno {error.errno}"

def read(path):
    return attempt(lambda: open(path).read())

VOLATILE = ("Vm", "Rss", "Huge", "SigQ", "volunt", "nonvol", "State", "Pid", "Tgid", "NS", "PPid", "FDSize", "Name")

def status(pid):
    return [line for line in read(f"/proc/{pid}/status").split("\\n") if not line.startswith(VOLATILE)]

def stat(pid):
    fields = read(f"/proc/{pid}/stat").rpartition(") ")[2].split()
    return [fields[at] for at in (15, 16, 17, 18, 35, 37, 38)]

def attributes(pid):
    buffer = ctypes.create_string_buffer(64)
    return libc.syscall(315, pid, buffer, 64, 0), buffer.raw.hex()

def place(path):
    seen = os.stat(path)
    room = os.statvfs(path)
    return [oct(seen.st_mode), seen.st_uid, seen.st_nlink, seen.st_size, os.listdir(path), attempt(lambda: os.listxattr(path)),
            room.f_bfree, room.f_ffree]

mine = str(os.getpid())
names = ("limits", "oom_score_adj", "coredump_filter", "timerslack_ns", "timers", "personality", "setgroups", "uid_map", "comm")
surroundings = {
    "files": {f"{pid}/{name}": read(f"/proc/{pid}/{name}") for pid in ("self", "1") for name in names},
    "autogroup": read("/proc/1/autogroup").split()[-2:],
    "status": [status("self"), status(1)],
    "stat": [stat("self"), stat(1)],
    "scheduler": [attributes(0), attributes(1)],
    "affinity": [sorted(os.sched_getaffinity(pid)) for pid in (0, 1)],
    "policy": [(os.sched_getscheduler(pid), os.sched_getparam(pid).sched_priority) for pid in (0, 1)],
    "nice": [os.getpriority(which, who) for which, who in ((0, 0), (0, 1), (1, 0), (2, 0))],
    "ioprio": [libc.syscall(252, which, who) for which, who in ((1, 0), (1, 1), (3, 0))],
    "limits": [resource.getrlimit(which) for which in range(16)],
    "environment": {name: value for name, value in os.environ.items() if name != "HOSTNAME"},
    "folder": os.getcwd(),
    "descriptors": [name for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")],
    "of PID 1": attempt(lambda: os.listdir("/proc/1/fd")),
    "places": [place(path) for path in ("/tmp", "/dev/shm", "/dev/mqueue") if os.path.isdir(path)],
    "terminals": attempt(lambda: sorted(os.listdir("/dev/pts"))),
    "mounts": sorted(line.split()[4:6] for line in open("/proc/self/mountinfo")),
    "processes": [pid for pid in os.listdir("/proc") if pid.isdigit() and pid not in ("1", mine)],
    "queues": [line for kind in os.listdir("/proc/sysvipc") for line in open(f"/proc/sysvipc/{kind}").readlines()[1:]],
    "keys": read("/proc/keys"),
    "sockets": {kind: len(read(f"/proc/net/{kind}").split("\\n")) for kind in ("tcp", "tcp6", "udp", "udp6", "raw")},
    "handlers": [str(signal.getsignal(number)) for number in range(1, 65)],
    "alarms": [signal.getitimer(which) for which in (0, 1, 2)],
    "random": [random.random(), hash("x")],
    "interpreter": [sorted(sys.modules), sys.path, sys.getrecursionlimit(), gc.get_threshold(), sys.getswitchinterval()],
    "builtins": sorted(dir(__builtins__)),
}
print(json.dumps(surroundings, sort_keys=True))
`

/** What a program sees in this sandbox now. */
export async function surroundingsIn(sandbox: Pick<Sandbox, 'execute'>): Promise<Record<string, unknown>> {
  const { verdict } = await sandbox.execute({ source: SURROUNDINGS, seed: 1 }, limits())
  expect(verdict).toMatchObject({ kind: 'ok', stderr: '', truncated: false })
  return JSON.parse(verdict.stdout) as Record<string, unknown>
}
