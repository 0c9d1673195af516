import { ATTEMPT, type HostileProgram } from './hostile-program.ts'

const NO_INODES = { bubblewrap: 'no bound on the number of files' }

export const hostileFiles: HostileProgram[] = [
  {
    name: 'one big file meets the file limit',
    source: 'open("/tmp/big", "wb").write(b"x" * (20 << 20))',
    ends: ['error'],
    stderr: /File too large|No space left/,
  },
  {
    name: 'many files meet the size of the file system',
    source: 'for n in range(10):\n    open(f"/tmp/{n}", "wb").write(b"x" * (10 << 20))',
    ends: ['error'],
    stderr: /No space left/,
  },
  {
    name: '300,000 empty files meet the inode limit, in both file systems',
    source: `
for place in ("/tmp", "/dev/shm"):
    made = 0
    try:
        for made in range(300_000): open(f"{place}/{made}", "w").close()
    except OSError as error:
        print(place, made, error.errno)`,
    mayCostSlot: true,
    ends: ['ok'],
    prints: /^\/tmp 409\d 28\n\/dev\/shm 10\d\d 28\n$/,
    notOn: NO_INODES,
  },
  {
    name: 'a very deep tree is wiped',
    source: 'import os\nfor _ in range(3_000):\n    os.mkdir("d")\n    os.chdir("d")\nprint("deep")',
    mayCostSlot: true,
    ends: ['ok'],
    prints: 'deep\n',
  },
  {
    name: 'folders that refuse entry are wiped, links are not followed',
    source:
      'import os\nos.makedirs("a/b/c")\nopen("a/b/f", "w")\nos.symlink("/", "root")\nos.symlink("/etc", "a/etc")\nos.symlink("loop", "loop")\nos.chmod("a/b", 0)\nos.chmod("a", 0)',
    ends: ['ok'],
  },
  {
    name: 'names of any bytes are wiped',
    source: 'for name in (b"\\xff\\xfe", b"-rf", b"a\\nb", b"n" * 255, b" "):\n    open(b"/tmp/" + name, "w")',
    ends: ['ok'],
  },
  {
    name: 'files, shared memory and queues of every kind are gone for the next',
    source: `${ATTEMPT}
for place in ("/tmp", "/dev/shm"): open(place + "/left", "w").close()
try:
    open("/dev/mqueue/left", "w")
except OSError as error:
    assert error.errno in (errno.EMFILE, errno.ENOENT, errno.EROFS)
print(syscall(29, 42, 4096, 0o1666), syscall(68, 42, 0o1666), syscall(64, 42, 1, 0o1666), syscall(240, b"q", 0o102, 0o666, 0))`,
    ends: ['ok'],
    prints: 'EPERM EPERM EPERM EPERM\n',
  },
  {
    name: 'a root file system that cannot be written',
    source: `${ATTEMPT}for path in ("/x", "/usr/x", "/opt/x", "/dev/x", "/var/tmp/x"): attempt(lambda: open(path, "w"))`,
    ends: ['ok'],
    prints: /^((EROFS|EACCES|ENOENT)\n){5}$/,
  },
  {
    name: 'its folder can be locked, and is open for the next',
    source: 'import os\ntry:\n    os.chmod("/tmp", 0)\nexcept OSError:\n    pass',
    ends: ['ok'],
  },
  {
    name: 'its folder cannot be removed',
    source: `${ATTEMPT}attempt(lambda: os.rmdir("/tmp"))`,
    ends: ['ok'],
    prints: /^(EBUSY|EACCES|EROFS|EPERM)\n$/,
  },
  {
    name: 'named pipes and sockets are wiped',
    source: 'import os, socket\nos.mkfifo("/tmp/pipe")\nsocket.socket(socket.AF_UNIX).bind("/tmp/socket")',
    ends: ['ok'],
  },
  {
    name: 'a child that goes on writing files is ended first',
    source:
      'import os\nif os.fork() == 0:\n    n = 0\n    while True:\n        n += 1\n        os.close(os.open(f"/tmp/{n % 500}", os.O_CREAT))\n',
    mayCostSlot: true,
    ends: ['ok'],
  },
]
