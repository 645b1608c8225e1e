"""One server for all tests of a worker, emptied for each; those that need limits have their own."""

from tests.clients.conftest import served, served_process

__all__ = ["served", "served_process"]
