"""Late replies: what is said of clients that wait, and of what reaches them in the end.

A command that blocks has no reply yet. It comes when another client has served it, or with
the clock; meanwhile the prompt is free. Both prompts, on the screen and in line mode, say
the same about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from redlearn.engine.client import Wait
from redlearn.resp.reply import Failure, NullArray, Push, Reply, Status
from redlearn.resp.text import printable
from redlearn.views.narration import seconds

SHOWN = 32
KEYS_SHOWN = 3
A_REPLY = "a reply"

MONITORED: Final = re.compile(r"\d+\.\d{6} \[")
"""How each line begins that MONITOR tells."""


def waiting_text(name: str, wait: Wait, now_ms: int) -> str:
    """What a client that was just parked waits for, and how it may end.

    Args:
        name: "@a", "client 7"; "" for the one whose prompt this is.
    """
    what = awaited_text(wait)
    if wait.until_ms:
        what += f", for {seconds(wait.until_ms - now_ms)} at most"
    elif what != A_REPLY:  # when that comes is up to whoever sends it
        what += ", without end"
    if name:
        return f"{name} waits for {what}."
    hint = "ctrl+c gives up; @b ... is another client"
    return f"You wait for {what} ({hint})."


def held_text(name: str, count: int) -> str:
    """What becomes of a command that a waiting client sends."""
    who = f"{name} waits" if name else "You wait"
    place = "it runs" if count == 1 else f"it runs as number {count}"
    hint = "" if name else "; @b ... sends from another client, ctrl+c gives up"
    return f"{who} for a reply: {place} once that is there{hint}."


def paused_text(name: str, left_ms: int) -> str:
    """What becomes of a command that comes while CLIENT PAUSE holds everybody up.

    Args:
        left_ms: For how much longer.
    """
    who = f"{name} waits" if name else "You wait"
    return f"{who} for the end of CLIENT PAUSE, in {seconds(left_ms)}: it runs then."


def unwanted_text(mode: str, waits: bool) -> str:
    """Why a client that is not wanted to be answered is not.

    Args:
        mode: `Client.reply_mode`, after the command that has no reply.
        waits: That command is not done yet, but waits for something.
    """
    if mode == "skip" and waits:
        return "No reply, nor one when the wait is over: CLIENT REPLY SKIP wants none."
    if mode == "skip":
        return "No reply: CLIENT REPLY SKIP wants none, and the next command gets none either."
    return "No reply, until CLIENT REPLY ON."


def late_text(name: str, wait: Wait | None, reply: Reply, now_ms: int) -> str:
    """Whom a late reply is for, and how long they waited for it.

    Args:
        wait: What the client waited for, or None if this answers what it sent meanwhile.
    """
    who = name or "You"
    if isinstance(reply, Push):
        return f"{who}, a message:"
    if wait is None:
        told = isinstance(reply, Status) and MONITORED.match(reply.text)
        return f"{who} sees:" if told else f"{who}, to what was sent meanwhile:"
    waited = f"{who} waited {seconds(now_ms - wait.since_ms)} for {awaited_text(wait)}"
    if isinstance(reply, Failure):
        return f"{waited}, and now:"
    if not wait.keys:  # WAIT counts, and a low number is no failure
        return f"{waited}:"
    in_vain = reply is None or isinstance(reply, NullArray)
    return f"{waited} in vain:" if in_vain else f"{waited}, served:"


def command_text(argv: Sequence[bytes]) -> str:
    """A command as one short printable text."""
    text = " ".join(printable(word, SHOWN) or '""' for word in argv[:8])
    return text + (" ..." if len(argv) > 8 else "")


def awaited_text(wait: Wait) -> str:
    """What is waited for: a key, replicas, or a reply that is long in coming."""
    if wait.keys:
        return keys_text(wait.keys)
    name = wait.argv[0].upper() if wait.argv else b""
    return "replicas" if name in (b"WAIT", b"WAITAOF") else A_REPLY


def keys_text(keys: Sequence[bytes]) -> str:
    """Some keys, as they are waited for: one of them is enough."""
    shown = " or ".join(printable(key, SHOWN) or '""' for key in keys[:KEYS_SHOWN])
    return shown + (f" or {len(keys) - KEYS_SHOWN} others" if len(keys) > KEYS_SHOWN else "")
