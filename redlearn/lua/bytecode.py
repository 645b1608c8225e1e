"""Bytecode: takes the tail calls out of a compiled Lua 5.1 chunk.

`return redis.call(...)` is a tail call. In Redis `redis.call` is a function of C, for which Lua
keeps the caller's frame, so that an error can name the line. Here it is a function of Lua, and
the frame, with the line in it, would be gone. So OP_TAILCALL becomes OP_CALL: the instruction
behind it is a RETURN of all results, which it was compiled with for just this case.

    OP_TAILCALL A B 0        OP_CALL A B 0
    OP_RETURN   A 0          OP_RETURN A 0

Unlike Redis: recursion through tail calls without end ends as any recursion does, at some
16,000 levels.

Source: Lua 5.1 `lundump.c`, `lopcodes.h`, `lvm.c`.
"""

from __future__ import annotations

from typing import Final

OP_CALL: Final = 28
OP_TAILCALL: Final = 29
OPCODE_MASK: Final = 0x3F

HEADER_SIZE: Final = 12
INT: Final = 4
SIZE_T: Final = 8
NUMBER: Final = 8
NIL, BOOLEAN, NUMERIC, STRING = 0, 1, 3, 4  # kinds of constants


def without_tail_calls(chunk: bytes) -> bytes:
    """The same chunk with plain calls. O(its length).

    Args:
        chunk: What `string.dump` gave, on this machine: 64 bits, little-endian.
    """
    code = bytearray(chunk)
    at = _function(code, HEADER_SIZE)
    assert at == len(code), "the walk over the chunk has to end where it ends"
    return bytes(code)


def _function(code: bytearray, at: int) -> int:
    """Walk over a function prototype at `at`, and change its calls; where it ends."""
    at = _string(code, at) + 2 * INT + 4  # source, lines, counts of upvalues, parameters ...
    count, at = _int(code, at), at + INT
    for place in range(at, at + count * INT, INT):
        if code[place] & OPCODE_MASK == OP_TAILCALL:
            code[place] = code[place] & ~OPCODE_MASK | OP_CALL
    at = _constants(code, at + count * INT)
    count, at = _int(code, at), at + INT
    for _ in range(count):
        at = _function(code, at)
    return _debug(code, at)


def _constants(code: bytearray, at: int) -> int:
    count, at = _int(code, at), at + INT
    for _ in range(count):
        kind, at = code[at], at + 1
        if kind == STRING:
            at = _string(code, at)
        else:
            at += {NIL: 0, BOOLEAN: 1, NUMERIC: NUMBER}[kind]
    return at


def _debug(code: bytearray, at: int) -> int:
    """Walk over line numbers, names of locals and of upvalues."""
    at += INT + _int(code, at) * INT
    count, at = _int(code, at), at + INT
    for _ in range(count):
        at = _string(code, at) + 2 * INT
    count, at = _int(code, at), at + INT
    for _ in range(count):
        at = _string(code, at)
    return at


def _int(code: bytearray, at: int) -> int:
    return int.from_bytes(code[at : at + INT], "little")


def _string(code: bytearray, at: int) -> int:
    return at + SIZE_T + int.from_bytes(code[at : at + SIZE_T], "little")
