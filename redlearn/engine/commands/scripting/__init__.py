"""Scripting commands: scripts by their text or digest, and functions by their name."""

from redlearn.engine.commands.scripting import evaluate, functions, libraries, scripts  # noqa: F401
