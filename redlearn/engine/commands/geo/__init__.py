"""Geo commands: places on Earth, kept in sorted sets whose scores are geohashes.

Source: `geo.c`.
"""

from redlearn.engine.commands.geo import members, search  # noqa: F401
