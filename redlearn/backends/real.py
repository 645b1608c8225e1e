"""A real server that lessons are played on, to see whether it says what they say.

No real server lets its clock be moved. Instead, what a wait of so many milliseconds would do is
done: every time to live becomes that much shorter. Keys whose time ends are left to expire by
themselves; the server's own expiry cycle is off, unless the wait is so long that the cycle would
surely have come by. Then it is on until no dead key is left, however long that takes on a busy
machine. All deadlines are moved by one script, for which a server's time stands still: commands of
ours would be the first to ask for a key that is over, and it would be gone.

CLUSTER commands go to a second server, in cluster mode: a real standalone one refuses them.

What was on the server would be lost, so there must be nothing; and nothing is left on it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from redlearn.backends.address import Address
from redlearn.backends.link import Link, Unreachable
from redlearn.lessons.model import Command
from redlearn.lessons.ports import Ran
from redlearn.probe import Event
from redlearn.resp.reply import Failure, Reply

CYCLE_MS: Final = 100
"""How often a server's own cycle looks for dead keys: ten times a second."""

ALONE_SECONDS: Final = 0.2
"""For a command of the only client to be answered, or it waits."""

CYCLE_SECONDS: Final = 20.0
"""For a server's cycle to find all that is over; it takes three rounds, or 0.3 s, if not busy."""

LOOK_SECONDS: Final = 0.02
"""Between two looks at whether it has: no server tells anybody when it has found the last."""

SOON_MS: Final = 10
"""What a key has left whose time is over. A deadline that is past as it is set deletes at once."""

PAST_SECONDS: Final = 0.02
"""Until such a key is over."""

LET_PASS: Final = b"""
local ms, soon = tonumber(ARGV[1]), tonumber(ARGV[2])
local function fields_of(key)
  local fields = redis.call('HKEYS', key)
  local left = redis.pcall('HPTTL', key, 'FIELDS', #fields, unpack(fields))
  for i, field in ipairs(left.err and {} or fields) do
    if left[i] > 0 then
      redis.call('HPEXPIRE', key, math.max(left[i] - ms, soon), 'FIELDS', 1, field)
    end
  end
end
local function pending_of(key)
  for _, row in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    for _, each in ipairs(redis.call('XPENDING', key, row[2], '-', '+', 1000)) do
      local id, consumer, idle, times = unpack(each)
      redis.call('XCLAIM', key, row[2], consumer, 0, id, 'IDLE', idle + ms,
        'RETRYCOUNT', times, 'JUSTID')
    end
  end
end
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left, kind = redis.call('PTTL', key), redis.call('TYPE', key).ok
  if left > 0 then redis.call('PEXPIRE', key, math.max(left - ms, soon)) end
  if kind == 'hash' then fields_of(key) elseif kind == 'stream' then pending_of(key) end
end
"""
"""Makes deadlines and idle times those of ARGV[1] milliseconds later, at one moment.

In a script a key is there or not there all the time, as it was at its beginning (`db.c`
keyIsExpired). Versions that know no deadlines of fields answer HPTTL with an error.
"""

DEAD: Final = b"""
local keys = redis.call('KEYS', '*')
local dead = redis.call('DBSIZE') - #keys
for _, key in ipairs(keys) do
  if redis.call('TYPE', key).ok == 'hash' then
    dead = dead + redis.call('HLEN', key) - #redis.call('HKEYS', key)
  end
end
return dead
"""
"""How many keys and fields are over and still there: none of these commands finds one."""


class InUse(Exception):
    """There is something on the server that a lesson would destroy."""


class RealServer:
    """A server that starts empty, and is emptied again.

    Attributes:
        name: "redis" or "valkey".
        version: As INFO has it: "7.0.15".
        lets_wait: Whether its expiry cycle can be switched off, so that time may be seen to pass.
    """

    def __init__(self, address: Address, node: Address | None = None) -> None:
        """Args:
            node: A server in cluster mode, for CLUSTER commands.

        Raises:
            InUse: If it holds keys or functions.
            Unreachable: If there is no talking to it.
        """
        self._address, self._node = address, node
        self._bell = Link(address)
        self._clients: dict[str, Link] = {}
        self._protocols: dict[str, int] = {}
        self._before: dict[bytes, bytes] = {}
        facts = facts_of(self._bell)
        self.name = facts.get("server_name", "redis")
        self.version = facts.get(f"{self.name}_version", facts.get("redis_version", ""))
        self._refuse_if_used()
        self.lets_wait = not isinstance(self._cycle(on=True), Failure)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.tidy()
        self._bell.close()

    @property
    def has_node(self) -> bool:
        """Whether there is a server for CLUSTER commands."""
        return self._node is not None

    @property
    def title(self) -> str:
        """How it is called in a sentence."""
        return f"{self.name} {self.version}"

    def configure(self, config: Sequence[tuple[str, str]]) -> None:
        """Make it ready for a lesson that wants these settings."""
        self._client("")  # the learner comes first
        self._cycle(on=False)
        self._remember([name.encode() for name, _ in config])
        for name, value in config:
            self._bell.ask(b"CONFIG", b"SET", name.encode(), value.encode())

    def run(self, command: Command) -> Ran:
        """Run a command as the client that it names; what others get by it is told as well."""
        words = [word.upper() for word in command.argv[:2]]
        if words[0] == b"CLUSTER" and self._node is not None:
            node = Link(self._node)
            try:
                return Ran((node.ask(*command.argv),))
            finally:
                node.close()
        if words == [b"CONFIG", b"SET"]:
            self._remember(command.argv[2::2])
        if words[0] == b"HELLO" and len(words) > 1:
            self._protocols[command.client] = int(words[1])
        own = self._client(command.client)
        own.send(command.argv)
        self._all_has_come(own)
        got = {name: each.arrived() for name, each in self._clients.items()}
        replies = got.pop(command.client)
        late = tuple((name, reply) for name, said in got.items() for reply in said)
        return Ran(replies, (), late, self._protocols.get(command.client, 2))

    def let_pass(self, ms: int) -> tuple[Event, ...]:
        """Bring about what `ms` milliseconds would. There are no events to tell.

        Raises:
            Unreachable: If the server lets no script do it.
        """
        self._ask_script(LET_PASS, b"%d" % ms, b"%d" % SOON_MS)
        time.sleep(PAST_SECONDS)  # a real server lives in real time
        if ms >= CYCLE_MS:
            self._let_cycle_come()
        return ()

    def tidy(self) -> None:
        """Take everything back: clients, settings, keys and functions."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._protocols.clear()
        self._cycle(on=True)
        for name, value in self._before.items():
            self._bell.ask(b"CONFIG", b"SET", name, value)
        self._before.clear()
        self._bell.ask(b"FLUSHALL", b"SYNC")
        self._bell.ask(b"FUNCTION", b"FLUSH", b"SYNC")
        self._bell.ask(b"CONFIG", b"RESETSTAT")

    def _refuse_if_used(self) -> None:
        held = [name for name in facts_of(self._bell, b"keyspace") if name.startswith("db")]
        if held:
            raise InUse(f"{self._address} holds keys: lessons need an empty server of their own")
        if _bytes_or_more(self._bell.ask(b"FUNCTION", b"LIST")):
            raise InUse(f"{self._address} holds functions: lessons need a server of their own")

    def _cycle(self, *, on: bool) -> Reply:
        return self._bell.ask(b"DEBUG", b"SET-ACTIVE-EXPIRE", b"%d" % on)

    def _let_cycle_come(self) -> None:
        """Until all that is over has been found, not for a time: it comes later on a busy machine.

        If it finds nothing for CYCLE_SECONDS the lesson goes on, and will say what differs.
        """
        self._cycle(on=True)
        patience = time.monotonic() + CYCLE_SECONDS
        while self._ask_script(DEAD) and time.monotonic() < patience:
            time.sleep(LOOK_SECONDS)
        self._cycle(on=False)

    def _ask_script(self, code: bytes, *args: bytes) -> Reply:
        reply = self._bell.ask(b"EVAL", code, b"0", *args)
        if isinstance(reply, Failure):
            raise Unreachable(f"{self._address}: {reply.text}")
        return reply

    def _client(self, name: str) -> Link:
        if name not in self._clients:
            self._clients[name] = Link(self._address)
        return self._clients[name]

    def _all_has_come(self, own: Link) -> None:
        """Wait until the server has sent all that what it was sent last leads to.

        A server reads all that is there before it writes, and writes before it reads again. So
        when the first PING is answered the command has run, and when the second is, whatever
        anybody gets by it has been written. Where nobody else is connected the reply itself is
        enough, if there is one: keys of a few milliseconds should see the lesson's next line.
        """
        if len(self._clients) == 1 and own.has_news(ALONE_SECONDS):
            return
        for _ in range(2):
            self._bell.ask(b"PING")

    def _remember(self, names: Sequence[bytes]) -> None:
        """Keep what settings were, to put them back: the next lesson has the same server."""
        for name in names:
            before = _bytes_of(self._bell.ask(b"CONFIG", b"GET", name))
            if len(before) == 2:
                self._before.setdefault(before[0], before[1])


def facts_of(link: Link, section: bytes = b"server") -> dict[str, str]:
    """A section of INFO, by name."""
    reply = link.ask(b"INFO", section)
    lines = reply.decode("utf-8", "replace").splitlines() if isinstance(reply, bytes) else []
    return dict(line.split(":", 1) for line in lines if ":" in line)


def is_node(address: Address) -> bool:
    """Whether a server is in cluster mode."""
    link = Link(address)
    try:
        return facts_of(link, b"cluster").get("cluster_enabled") == "1"
    finally:
        link.close()


def _bytes_of(reply: Reply) -> list[bytes]:
    """The strings of an array; none of anything else."""
    return [each for each in reply if isinstance(each, bytes)] if isinstance(reply, list) else []


def _bytes_or_more(reply: Reply) -> bool:
    return isinstance(reply, list) and bool(reply)
