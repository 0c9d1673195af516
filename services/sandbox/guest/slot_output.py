"""What a program prints: kept in memory that no child inherits, bounded, and wiped after use."""

import ctypes
import mmap
import os

HEAD_KEPT, TAIL_KEPT = 48 << 10, 16 << 10
PIPE_BYTES = 64 << 10  # no program may change it: slot_filter.py


def private_buffer(size):
    """Memory that no child inherits."""
    buffer = mmap.mmap(-1, size)
    buffer.madvise(mmap.MADV_DONTFORK)
    return buffer


class Capture:
    """One output stream of a program: the first 48 KiB, the last 16 KiB and the number of bytes between them."""

    def __init__(self):
        self.buffer = private_buffer(HEAD_KEPT + 4 * TAIL_KEPT)
        self.view = memoryview(self.buffer)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.buffer))
        self.total = 0

    def drain(self, fd):
        """Reads once what is there now, never more than the buffer has room for. False at the end of the stream."""
        start = self.total if self.total < HEAD_KEPT else HEAD_KEPT + (self.total - HEAD_KEPT) % (4 * TAIL_KEPT)
        room = self.view[start:HEAD_KEPT] if start < HEAD_KEPT else self.view[start:]
        try:
            count = os.readv(fd, [room])
        except BlockingIOError:
            return True
        self.total += count
        return count > 0

    def drain_rest(self, fd):
        """Reads what is left when nobody writes any more: a pipe's content, and no more if somebody does."""
        first = before = self.total
        while self.drain(fd) and before < self.total < first + PIPE_BYTES:
            before = self.total

    def parts(self):
        """What is sent to the host, in order, and whether something was left out."""
        if self.total <= HEAD_KEPT + TAIL_KEPT:
            beyond = self.total - HEAD_KEPT
            return [self.view[: min(self.total, HEAD_KEPT)], self.view[HEAD_KEPT : HEAD_KEPT + max(0, beyond)]], False
        ring = 4 * TAIL_KEPT
        stop = (self.total - HEAD_KEPT) % ring
        start = (stop - TAIL_KEPT) % ring
        turns = [(start, stop)] if start < stop else [(start, ring), (0, stop)]
        gap = b"\n[%d bytes left out]\n" % (self.total - HEAD_KEPT - TAIL_KEPT)
        return [self.view[:HEAD_KEPT], gap, *(self.view[HEAD_KEPT + a : HEAD_KEPT + b] for a, b in turns)], True

    def clear(self):
        ctypes.memset(self.address, 0, min(self.total, len(self.buffer)))
        self.total = 0
