"""The engine: a complete in-memory Redis without sockets, threads, sleeps or a clock of its own.

Three shelves, in reading order: `structures` (how bytes are arranged), `values` (which
arrangement a type uses, and when it changes), `commands` (what a client may ask).
"""
