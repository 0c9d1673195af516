"""What a slot proves before it serves: prints, as JSON, the names of the guards that the kernel does not show.

Runs as a program does. Nothing is concluded from a refusal that any machine gives: each line asks what the kernel says.
"""

import ctypes
import json
import os
import resource

MEGABYTE = 1 << 20
TEMPORARY = {"/tmp": (32 * MEGABYTE, 4096), "/dev/shm": (16 * MEGABYTE, 1024)}
WRITABLE = {*TEMPORARY, "/dev/mqueue", "/dev/pts"}  # the last two hold no files of a program
LIMITS = {
    "RLIMIT_CPU": (2, 3), "RLIMIT_DATA": (128 * MEGABYTE,) * 2, "RLIMIT_AS": (4224 * MEGABYTE,) * 2,
    "RLIMIT_FSIZE": (16 * MEGABYTE,) * 2, "RLIMIT_NOFILE": (64, 64), "RLIMIT_NPROC": (48, 48),
    "RLIMIT_CORE": (0, 0), "RLIMIT_MSGQUEUE": (0, 0),
}  # fmt: skip
# Of version 1 and of version 2, where the container shows its own.
CGROUP = {
    "memory of all processes": (384 * MEGABYTE, ("memory/memory.limit_in_bytes", "memory.max")),
    "number of processes": (64, ("pids/pids.max", "pids.max")),
}
missing = []


def read(path):
    with open(path) as file:
        return file.read()


def guard(name, holds):
    try:
        held = holds()
    except (OSError, KeyError):
        held = False
    if not held:
        missing.append(name)


def refused(action):
    try:
        action()
    except PermissionError:
        return True
    return False


def status(pid):
    return dict(line.split(":\t", 1) for line in read(f"/proc/{pid}/status").splitlines() if ":\t" in line)


def mounts():
    """Options by mount point, of what lies on top."""
    lines = [line.split() for line in read("/proc/self/mountinfo").splitlines()]
    return {line[4]: line[5].split(",") for line in lines}


def within(limit, paths):
    """Whether a cgroup's limit is at most this; True where the kernel shows no cgroup."""
    files = [f"/sys/fs/cgroup/{path}" for path in paths if os.path.exists(f"/sys/fs/cgroup/{path}")]
    return all((text := read(path).strip()) != "max" and int(text) <= limit for path in files)


def share_of_processor():
    if os.path.exists("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"):
        quota, period = (read(f"/sys/fs/cgroup/cpu/cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    elif os.path.exists("/sys/fs/cgroup/cpu.max"):
        quota, period = read("/sys/fs/cgroup/cpu.max").split()
    else:
        return False
    return quota not in ("-1", "max") and int(quota) <= int(period)


def pids():
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


own, first, places = status("self"), status(1), mounts()
libc = ctypes.CDLL(None, use_errno=True)
sets = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
guard("capabilities", lambda: not any(int(one[name], 16) for one in (own, first) for name in sets))
guard("no new privileges", lambda: own["NoNewPrivs"] == first["NoNewPrivs"] == "1")
guard("user", lambda: "0" not in own["Uid"].split() + own["Gid"].split() + own["Groups"].split())
filters = [int(one["Seccomp_filters"]) for one in (own, first)]
guard("second system call filter", lambda: filters[0] == filters[1] >= 1 and refused(lambda: os.pidfd_open(1)))
guard("calls on other processes", lambda: refused(lambda: resource.prlimit(1, resource.RLIMIT_CPU)))
guard("first system call filter", lambda: min(filters) >= 2)  # under ours, which PID 1 has too
guard("PID 1 is closed", lambda: refused(lambda: os.listdir("/proc/1/fd")))
guard("process namespace", lambda: os.getppid() == 1 and pids() == {1, os.getpid()})
guard("session of its own", lambda: os.getsid(0) == os.getpid())
guard("network", lambda: [line.split(":")[0].strip() for line in read("/proc/net/dev").splitlines()[2:]] == ["lo"])
guard("root file system", lambda: "ro" in places["/"])
guard("settings of the kernel", lambda: "ro" in places["/proc/sys"])
writable = {at for at in places if os.path.isdir(at) and os.access(at, os.W_OK)}
guard("nothing else writable", lambda: writable <= WRITABLE)
for at, (size, files) in TEMPORARY.items():
    room = os.statvfs(at)
    guard(f"no devices, no set-uid in {at}", lambda at=at: {"nosuid", "nodev"} <= set(places[at]))
    guard(f"no programs in {at}", lambda at=at: "noexec" in places[at])
    guard(f"size of {at}", lambda room=room, size=size: 0 < room.f_blocks * room.f_frsize <= size)
    guard(f"number of files in {at}", lambda room=room, files=files: 0 < room.f_files <= files)
for name, value in LIMITS.items():
    guard(name, lambda name=name, value=value: resource.getrlimit(getattr(resource, name)) == value)
guard("killed first for memory", lambda: read("/proc/self/oom_score_adj").strip() == "1000")
for name, (limit, paths) in CGROUP.items():
    guard(name, lambda limit=limit, paths=paths: within(limit, paths))
guard("share of the processor", share_of_processor)
print(json.dumps({"missing": missing, "computes": sum(range(10))}))
