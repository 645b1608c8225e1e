"""redlearn: see what a Redis command does to the structures inside."""

__version__ = "0.1.0"
