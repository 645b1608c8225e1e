"""Tail calls come out of compiled chunks, and nothing else changes."""

from __future__ import annotations

from lupa.lua51 import LuaRuntime

from redlearn.lua.bytecode import without_tail_calls


def changed(source: bytes) -> object:
    """What a chunk gives once its tail calls are plain ones."""
    lua = LuaRuntime(encoding=None)
    dump = lua.globals().string.dump(lua.globals().loadstring(source))
    return lua.globals().loadstring(without_tail_calls(dump))()


def test_the_caller_of_a_tail_call_is_still_there() -> None:
    source = b"""
        local function line() return debug.getinfo(2, "l").currentline end
        return line()
    """
    lua = LuaRuntime(encoding=None)
    assert lua.globals().loadstring(source)() == -1  # its frame is gone
    assert changed(source) == 3


def test_what_a_function_gives_stays_the_same() -> None:
    source = b"""
        local text, yes, none = "a\\0b", true, nil
        local function three() return 1.5, text, yes end
        local function all(...) return select("#", ...), ... end
        local function nested(n) if n == 0 then return three() end return nested(n - 1) end
        return table.concat({all(nested(100))}, ",", 1, 3)
    """
    assert changed(source) == b"3,1.5,a\0b"


def test_recursion_by_tail_calls_ends_where_any_recursion_does() -> None:
    source = b"local function f(n) return f(n + 1) end local ok, e = pcall(f, 0) return e"
    result = changed(source)
    assert isinstance(result, bytes) and b"stack overflow" in result
