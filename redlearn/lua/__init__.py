"""Lua: real Lua 5.1 in a process of its own, which may hang, burst or crash without harm."""
