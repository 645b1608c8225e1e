"""Sorted set commands, by topic: single members, ranges, and combining several sets.

Source: `t_zset.c`.
"""

from redlearn.engine.commands.zset import combine, members, pops, ranges, waiting  # noqa: F401
