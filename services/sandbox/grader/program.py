"""Compares pairs of answers inside the sandbox.

Reads JSON {"rules": …, "pairs": [[a, b], …]} from standard input and writes a JSON list with a word per pair. Each
answer is read once. A worker process takes the pairs one after another; one that runs into its limit takes its worker
with it, and the next worker continues.
"""

import json
import os
import resource
import select
import signal
import sys

from equality import compare
from reading import value_of

CPU_SECONDS, WALL_SECONDS = 2, 6
# An answer that met the limit with this many others is hard to read itself, and is compared no more: n answers cost at
# most n limits.
STRIKES_MAX = 2


def work(pairs, rules, set_aside, out):
    """Writes one letter per pair as it is decided, until a limit ends it."""
    values = {}
    for left, right in pairs:
        if left in set_aside or right in set_aside:
            os.write(out, b"u")
            continue
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1, hard))
        try:
            for answer in (left, right):
                if answer not in values:
                    values[answer] = value_of(answer)
            result = compare(values[left], values[right], rules)
        except (Exception, RecursionError):
            result = "undecided"
        os.write(out, result[:1].encode())
    os._exit(0)


def decide(pairs, rules, set_aside):
    """Letters of the pairs that one worker decides before it ends, at least one; and whether a limit ended it."""
    read_end, write_end = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(read_end)
        try:
            work(pairs, rules, set_aside, write_end)
        finally:
            os._exit(1)
    os.close(write_end)
    letters = b""
    while len(letters) < len(pairs) and select.select([read_end], [], [], WALL_SECONDS)[0]:
        if not (more := os.read(read_end, 4096)):
            break
        letters += more
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    os.close(read_end)
    ended_early = len(letters) < len(pairs)
    return letters + b"u" if ended_early else letters, ended_early


def main():
    asked = json.load(sys.stdin)
    pairs, rules = asked["pairs"], asked["rules"]
    letters, strikes, set_aside = b"", {}, set()
    while len(letters) < len(pairs):
        more, ended_early = decide(pairs[len(letters) :], rules, set_aside)
        letters += more
        if ended_early:
            for answer in pairs[len(letters) - 1]:
                strikes[answer] = strikes.get(answer, 0) + 1
                if strikes[answer] == STRIKES_MAX:
                    set_aside.add(answer)
    names = {"e": "equal", "d": "different", "u": "undecided"}
    print(json.dumps([names[letter] for letter in letters.decode()]))
