"""One module per TYPE: which structure holds the value, and when it changes to another."""

from redlearn.engine.values.hash import Hash
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet

__all__ = ["KINDS", "Hash", "List", "Set", "Stream", "String", "Value", "ZSet"]

KINDS: dict[str, type[Value]] = {
    kind.type: kind for kind in (String, Hash, List, Set, ZSet, Stream)
}
"""Every kind of value by what TYPE prints."""
