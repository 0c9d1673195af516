"""The frames between host and slot: a fixed header, then JSON, then two byte parts. The host's side: frames.ts."""

import struct

HEADER = struct.Struct(">IBBHIIII")  # magic, protocol, kind, 0, id, and the bytes of the JSON, part a and part b
MAGIC, PROTOCOL = 0x41305342, 1
READY, RUN, RESULT, PING, PONG, FATAL, END = range(1, 8)
TOKEN_BYTES = 16
JSON_MAX, SOURCE_MAX, STDIN_MAX = 4096, 256 << 10, 1 << 20
