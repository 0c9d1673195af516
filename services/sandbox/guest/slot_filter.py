"""The second system-call filter: stacked on the engine's own, so that nothing here depends on the engine's version.

Programs and PID 1 have the same user, so the kernel lets a program act on PID 1 in many ways. Each call that acts on
another process, user or group, or that leaves something in the kernel behind its process, is refused: some whole, some
by an argument. PID 1 takes the filter itself and its children inherit it: a filter for each would cost each 0.1 ms.
"""

import ctypes
import platform
import socket
import struct

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_SECCOMP, PR_GET_NO_NEW_PRIVS, SECCOMP_FILTER = 22, 39, 2
EPERM, ENOSYS = 1, 38

# Numbers on x86-64 and arm64.
REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "unshare": (272, 97), "setns": (308, 268),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "bpf": (321, 280), "perf_event_open": (298, 241), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "userfaultfd": (323, 282), "vmsplice": (278, 75),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "fanotify_init": (300, 262),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "mq_timedsend": (242, 182), "mq_timedreceive": (243, 183), "mq_notify": (244, 184), "mq_getsetattr": (245, 185),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "quotactl": (179, 60), "swapon": (167, 224), "swapoff": (168, 225),
    "reboot": (169, 142), "acct": (163, 89), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "syslog": (103, 116), "memfd_secret": (447, 447), "process_mrelease": (448, 448), "move_pages": (279, 239),
    "migrate_pages": (256, 238), "pidfd_send_signal": (424, 424), "quotactl_fd": (443, 443), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463), "open_tree_attr": (467, 467),
    "file_setattr": (469, 469),
}  # fmt: skip
LAST = 469  # of the kernel's table when it was last read through; what came later is absent
CLONE3 = 435
NEW_NAMESPACES = 0x7E020000
SOCKET_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

# What decides by an argument: (argument, comparison, value, what to do then), the first that holds; then the rest.
OWN = [(0, "is", 0, "ALLOW"), "REFUSE"]  # a pid of 0 is the caller
NOT_PID_1 = [(0, "is", 1, "REFUSE"), "ALLOW"]
NOT_PID_1_BY_THREAD = [(0, "is", 1, "REFUSE"), (1, "is", 1, "REFUSE"), "ALLOW"]
# A CPU clock's number holds the complement of its process; those of the caller are -8 to -1.
OWN_CLOCK = [(0, "from", 0xFFFFFFF8, "ALLOW"), (0, "from", 0x80000000, "REFUSE"), "ALLOW"]


def own_of(user):
    """A call with a kind of target (`user` is the kind that names a whole user) and its number."""
    return [(0, "is", user, "REFUSE"), (1, "is", 0, "ALLOW"), "REFUSE"]


def without(argument, *values):
    return [*((argument, "is", value, "REFUSE") for value in values), "ALLOW"]


F_SETOWN, F_SETOWN_EX, F_SETPIPE_SZ, FIOSETOWN, SIOCSPGRP, PR_SCHED_CORE = 8, 15, 1031, 0x8901, 0x8902, 62
FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR = 0x40086602, 0x401C5820
BY_ARGUMENT = {
    "prlimit64": (302, 261, OWN), "sched_setaffinity": (203, 122, OWN), "sched_setparam": (142, 118, OWN),
    "sched_setscheduler": (144, 119, OWN), "sched_setattr": (314, 274, OWN), "get_robust_list": (274, 100, OWN),
    "setpriority": (141, 140, own_of(2)), "ioprio_set": (251, 30, own_of(3)), "kill": (62, 129, NOT_PID_1),
    "tkill": (200, 130, NOT_PID_1), "rt_sigqueueinfo": (129, 138, NOT_PID_1), "pidfd_open": (434, 434, NOT_PID_1),
    "tgkill": (234, 131, NOT_PID_1_BY_THREAD), "rt_tgsigqueueinfo": (297, 240, NOT_PID_1_BY_THREAD),
    "timer_create": (222, 107, OWN_CLOCK), "clock_nanosleep": (230, 115, OWN_CLOCK),
    "fcntl": (72, 25, without(1, F_SETOWN, F_SETOWN_EX, F_SETPIPE_SZ)), "prctl": (157, 167, without(0, PR_SCHED_CORE)),
    "ioctl": (16, 29, without(1, FIOSETOWN, SIOCSPGRP, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR)),
    "clone": (56, 220, [(0, "any", NEW_NAMESPACES, "REFUSE"), "ALLOW"]),
    "socket": (41, 198, [*((0, "is", int(family), "ALLOW") for family in SOCKET_FAMILIES), "REFUSE"]),
}  # fmt: skip
COMPARISONS = {"is": 0x15, "from": 0x35, "any": 0x45}
LOAD, RETURN = 0x20, 0x06
OUTCOMES = {"ALLOW": 0x7FFF0000, "REFUSE": 0x00050000 | EPERM, "ABSENT": 0x00050000 | ENOSYS}


def by_argument(rule):
    """The instructions for one call; they look at the low half of an argument, as the kernel does for these."""
    body, loaded = [], None
    *cases, rest = rule
    for argument, comparison, value, outcome in cases:
        if argument != loaded:
            body.append((LOAD, 16 + 8 * argument, 0, 0))
            loaded = argument
        body.append((COMPARISONS[comparison], value, outcome, 0))
    body[-1] = (*body[-1][:3], rest)
    return body


def tree(decisions):
    """Finds a call's number by halving: the kernel tries each number once when it takes the filter."""
    if len(decisions) <= 3:
        *others, last = decisions
        ends = [(COMPARISONS["is"], last[0], last[1], "ALLOW")]
        return [(COMPARISONS["is"], number, target, 0) for number, target in others] + ends
    middle = len(decisions) // 2
    below, above = tree(decisions[:middle]), tree(decisions[middle:])
    return [(COMPARISONS["from"], decisions[middle][0], len(below), 0), *below, *above]


def filter_this_process():
    """From here on, this process and all that it forks are bound by the second filter."""
    address, _kept = seccomp_program()
    if libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1:
        raise PermissionError("no new privileges: the engine has not set it")  # the kernel would take no filter
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_FILTER, ctypes.c_void_p(address), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel does not take the second system-call filter")


def seccomp_program():
    """The filter's instructions, as (address, objects to keep alive)."""
    column, arch = MACHINES[platform.machine()]
    decisions = {numbers[column]: "REFUSE" for numbers in REFUSED.values()} | {CLONE3: "ABSENT"}
    decisions |= {call[column]: name for name, call in BY_ARGUMENT.items()}
    code = [(LOAD, 4, 0, 0), (COMPARISONS["is"], arch, 0, "REFUSE"), (LOAD, 0, 0, 0)]
    code += [(COMPARISONS["from"], 0x40000000, "REFUSE", 0), (COMPARISONS["from"], LAST + 1, "ABSENT", 0)]
    code += tree(sorted(decisions.items()))
    places = {}
    for name, call in BY_ARGUMENT.items():
        places[name] = len(code)
        code += by_argument(call[2])
    for name, value in OUTCOMES.items():
        places[name] = len(code)
        code.append((RETURN, value, 0, 0))

    def jump(target, index):
        return places[target] - index - 1 if isinstance(target, str) else target

    packed = [struct.pack("HBBI", op, jump(yes, at), jump(no, at), k) for at, (op, k, yes, no) in enumerate(code)]
    instructions = ctypes.create_string_buffer(b"".join(packed))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(packed), ctypes.addressof(instructions)))
    return ctypes.addressof(program), (instructions, program)
