"""XINFO's replies without what may rightly differ: moments, lag, consumers that got nothing."""

from __future__ import annotations

from typing import Any

from redlearn.resp.decode import ReplyDecoder

_LEFT_OUT = {
    b"lag", b"entries-read", b"idle", b"inactive", b"seen-time", b"active-time",
}  # fmt: skip


def same_groups(ours: bytes, theirs: bytes, *, old: bool) -> bool:
    """Whether two replies of XINFO are the same in what can be compared.

    Args:
        old: Their server makes a consumer only when it gets an entry.
    """
    mine, other = (next(iter(ReplyDecoder().feed(reply))) for reply in (ours, theirs))
    return bool(_plain(mine, old) == _plain(other, old))


def _plain(reply: Any, old: bool) -> Any:
    if isinstance(reply, list) and reply[:1] in ([b"name"], [b"length"]):
        reply = dict(zip(reply[::2], reply[1::2], strict=True))
    if isinstance(reply, dict):
        kept = {name: _plain(value, old) for name, value in reply.items() if name not in _LEFT_OUT}
        if old and isinstance(kept.get(b"consumers"), int):
            del kept[b"consumers"]
        return kept
    if isinstance(reply, list):
        items = [_plain(item, old) for item in reply]
        return [item for item in items if not (old and _has_nothing(item))]
    if type(reply) is int and reply > 10**12:
        return "a moment"
    return reply


def _has_nothing(item: Any) -> bool:
    """Whether it is a consumer to whom nothing is pending."""
    if not isinstance(item, dict) or b"name" not in item or b"last-delivered-id" in item:
        return False
    return item.get(b"pending") in (0, [])
