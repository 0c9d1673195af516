"""The second system-call filter: stacked on the engine's own, so that nothing here depends on the engine's version."""

import ctypes
import platform
import socket
import struct

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
    "syslog": (103, 116), "memfd_secret": (447, 447),
}  # fmt: skip
CLONE, CLONE3, SOCKET = (56, 220), 435, (41, 198)
NEW_NAMESPACES = 0x7E020000
SOCKET_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def seccomp_program():
    """The second system-call filter, as (address, objects to keep alive). It is stacked on the engine's."""
    column, arch = MACHINES[platform.machine()]
    load, equal, at_least, any_bit, ret = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse, absent = 0x7FFF0000, 0x00050000 | EPERM, 0x00050000 | ENOSYS
    refused = [numbers[column] for numbers in REFUSED.values()]
    tail = ["ALLOW", "REFUSE", "ABSENT"]
    code = [(load, 4, 0, 0), (equal, arch, 0, "REFUSE"), (load, 0, 0, 0), (at_least, 0x40000000, "REFUSE", 0)]
    code += [(equal, number, "REFUSE", 0) for number in refused]
    code += [(equal, CLONE3, "ABSENT", 0), (equal, CLONE[column], 0, 2)]
    code += [(load, 16, 0, 0), (any_bit, NEW_NAMESPACES, "REFUSE", "ALLOW")]
    code += [(equal, SOCKET[column], 0, "ALLOW"), (load, 16, 0, 0)]
    code += [(equal, int(family), "ALLOW", 0) for family in SOCKET_FAMILIES[:-1]]
    code += [(equal, int(SOCKET_FAMILIES[-1]), "ALLOW", "REFUSE")]
    end = len(code)

    def jump(target, index):
        return end + tail.index(target) - index - 1 if isinstance(target, str) else target

    packed = [struct.pack("HBBI", op, jump(yes, at), jump(no, at), k) for at, (op, k, yes, no) in enumerate(code)]
    packed += [struct.pack("HBBI", ret, 0, 0, value) for value in (allow, refuse, absent)]
    instructions = ctypes.create_string_buffer(b"".join(packed))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(packed), ctypes.addressof(instructions)))
    return ctypes.addressof(program), (instructions, program)
