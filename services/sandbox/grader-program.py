"""Compares pairs of answers inside the sandbox: JSON [[a, b], ...] on standard input, one JSON word per pair out.

A worker process takes the pairs one after another; one that runs into its limit takes its worker with it, and the next
worker continues. Texts that are words, numbers with different units, and answers too long to be one are decided
here, because math-verify reads letters as a product and drops units.
"""

import json
import logging
import os
import re
import resource
import select
import signal
import sys

from math_verify import parse, verify

CPU_SECONDS, WALL_SECONDS = 2, 6
LENGTH_MAX = 1_000
# An answer that met the limit with this many others is hard to read itself, and is compared no more: n answers cost at
# most n limits.
STRIKES_MAX = 2
WORDS = re.compile(r"(?=.*[A-Za-z]{3})[A-Za-z]+([\s'-]+[A-Za-z]+)*")
NAMES = {"sin", "cos", "tan", "cot", "sec", "csc", "log", "exp", "sqrt", "inf", "infinity", "abs", "gcd", "lcm"}
SCIENTIFIC = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([+-]?\d+)(?![\w.])")
UNIT = re.compile(
    r"(?<=[\d.})\s])\s*(?:\\(?:text|mathrm|operatorname)\{\s*([A-Za-z]+)\s*\}|([A-Za-z]{2,}))\s*(?:\^\{?(\d)\}?)?\s*$"
)
SHELL = re.compile(r"\\(?:text|textbf|mathrm|mbox)\{([^{}]*)\}")


def clean(answer):
    text = answer.strip().strip("$").strip().rstrip(".").strip()
    return SCIENTIFIC.sub(r"\1 \\cdot 10^{\2}", text.replace("\u2212", "-"))


def words_of(text):
    """The answer as a phrase, or None if it is mathematics."""
    plain = SHELL.sub(r"\1", text).strip()
    if WORDS.fullmatch(plain) and plain.lower() not in NAMES:
        return " ".join(plain.lower().split())
    return None


def unit_of(text):
    found = UNIT.search(text)
    return found and ((found[1] or found[2]).lower(), found[3] or "1")


def read(text):
    return parse(f"${text}$", parsing_timeout=None)


def compare(left, right):
    left, right = clean(left), clean(right)
    if left == right:
        return "equal"
    if max(len(left), len(right)) > LENGTH_MAX:
        return "undecided"
    phrases = words_of(left), words_of(right)
    if any(phrases):
        return "equal" if phrases[0] == phrases[1] else "different"
    units = unit_of(left), unit_of(right)
    parsed = read(left), read(right)
    if not all(parsed):
        return "different" if any(parsed) else "undecided"
    both = {verify(*parsed, timeout_seconds=None), verify(*reversed(parsed), timeout_seconds=None)}
    if len(both) == 2 or (all(units) and units[0] != units[1]):
        return "undecided"
    return "equal" if both == {True} else "different"


def work(pairs, set_aside, out):
    """Writes one letter per pair as it is decided, until a limit ends it."""
    for left, right in pairs:
        if left in set_aside or right in set_aside:
            os.write(out, b"u")
            continue
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1, hard))
        try:
            result = compare(left, right)
        except (Exception, RecursionError):
            result = "undecided"
        os.write(out, result[:1].encode())
    os._exit(0)


def decide(pairs, set_aside):
    """Letters of the pairs that one worker decides before it ends, at least one; and whether a limit ended it."""
    read_end, write_end = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(read_end)
        try:
            work(pairs, set_aside, write_end)
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
    logging.disable(logging.CRITICAL)
    pairs = json.load(sys.stdin)
    letters, strikes, set_aside = b"", {}, set()
    while len(letters) < len(pairs):
        more, ended_early = decide(pairs[len(letters) :], set_aside)
        letters += more
        if ended_early:
            for answer in pairs[len(letters) - 1]:
                strikes[answer] = strikes.get(answer, 0) + 1
                if strikes[answer] == STRIKES_MAX:
                    set_aside.add(answer)
    names = {"e": "equal", "d": "different", "u": "undecided"}
    print(json.dumps([names[letter] for letter in letters.decode()]))


main()
