"""Scripts and functions by hand: the same lines, the same replies, on real servers.

On Valkey but for its own words, which `as_valkey` has, and for 'server.' in place of 'redis.'.
"""

from __future__ import annotations

import pytest

from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle.servers import Server
from tests.oracle.test_lua_scripts import as_valkey

F = "redis.register_function"
LOADED = (
    "return 1", "#!lua\nreturn 1", "#!lua name=\nreturn 1", "#!lua name=a-b\nreturn 1",
    "#!lua foo=a\nreturn 1", "#!lua name=a name=b\nreturn 1", "#!js name=a\nreturn 1",
    "#!lua name=a\nreturn 1", "#!lua name=a\nreturn 1 1", "#!lua name=a",
    "#!lua name=a\nerror('x')", "#!lua name=a\nlocal x = KEYS", "#!lua name=a\nfoo = 1",
    "#!lua name=a\nredis.call('ping')", "#!lua name=a\nmath.random()",
    "#!lua name=a\nredis.setresp(3)", f"#!lua name=a\n{F}('f')", f"#!lua name=a\n{F}('f', 1)",
    f"#!lua name=a\n{F}()", f"#!lua name=a\n{F}('f', function() end, 3)",
    f"#!lua name=a\n{F}{{function_name='f'}}", f"#!lua name=a\n{F}{{callback=function() end}}",
    f"#!lua name=a\n{F}{{function_name='f', callback=3}}", f"#!lua name=a\n{F}{{[1]=2}}",
    f"#!lua name=a\n{F}{{function_name='f', callback=function() end, flags=1}}",
    f"#!lua name=a\n{F}{{function_name='f', callback=function() end, flags={{'x'}}}}",
    f"#!lua name=a\n{F}(1, function() end)", f"#!lua name=a\n{F}('F', function() return 2 end)",
)  # fmt: skip
"""What FUNCTION LOAD is given, one after the other; the last two are good."""

LIBRARY = f"""#!lua name=lib
{F}('f', function(keys, args) return {{#keys, #args, keys[1], args[1]}} end)
{F}{{function_name='g', flags={{'no-writes'}}, description='reads',
  callback=function() return redis.call('set', 'x', 'y') end}}
{F}('bad', function() return redis.call('nope') end)
{F}('worse', function() return nil + 1 end)
{F}('late', function() {F}('q', function() end) end)
{F}('nowhere', function() return KEYS end)
"""

CALLS: tuple[tuple[str, ...], ...] = (
    ("FUNCTION", "LOAD", LIBRARY), ("FUNCTION", "LOAD", LIBRARY),
    ("FUNCTION", "LOAD", "REPLACE", LIBRARY), ("FUNCTION", "LOAD", "FOO", LIBRARY),
    ("FCALL", "f", "1", "a", "b"), ("FCALL", "F", "0"), ("FCALL", "nope", "0"),
    ("FCALL", "f", "x"), ("FCALL", "f", "3", "a"), ("FCALL", "f", "-1"), ("FCALL", "g", "0"),
    ("FCALL", "bad", "0"), ("FCALL", "worse", "0"), ("FCALL", "late", "0"),
    ("FCALL", "nowhere", "0"), ("FCALL_RO", "f", "0"), ("FCALL_RO", "g", "0"),
    ("FUNCTION", "LIST", "LIBRARYNAME"), ("FUNCTION", "LIST", "x"),
    ("FUNCTION", "LIST", "WITHCODE", "WITHCODE"), ("FUNCTION", "LIST", "LIBRARYNAME", "z*"),
    ("FUNCTION", "STATS"), ("FUNCTION", "DELETE", "nope"), ("FUNCTION", "FLUSH", "x"),
    ("FUNCTION", "FLUSH", "SYNC", "SYNC"), ("FUNCTION", "KILL"), ("SCRIPT", "KILL"),
    ("FUNCTION", "RESTORE", "xx"), ("FUNCTION", "RESTORE", "xx", "FOO"),
    ("FUNCTION", "RESTORE", "xx", "FLUSH", "y"), ("FUNCTION", "NOPE"), ("SCRIPT", "NOPE"),
    ("SCRIPT", "LOAD", "return 5"), ("SCRIPT", "LOAD", "return 5 5"),
    ("EVALSHA", "4ca238f611c9d0ae4e9a75a5dbac22aedc379801", "0"),
    ("EVALSHA_RO", "4CA238F611C9D0AE4E9A75A5DBAC22AEDC379801", "0"),
    ("SCRIPT", "EXISTS", "4ca238f611c9d0ae4e9a75a5dbac22aedc379801", "x"),
    ("SCRIPT", "FLUSH", "X"), ("SCRIPT", "FLUSH"), ("SCRIPT", "DEBUG", "X"),
    ("EVAL", "return 1", "x"), ("EVAL", "return 1", "-1"), ("EVAL", "return 1", "2", "a"),
    ("EVAL", "#!lua", "0"), ("EVAL", "#!lua name=x\nreturn 1", "0"),
    ("EVAL", "#!lua flags=x\nreturn 1", "0"), ("EVAL", "#!lua flags=no-writes,\nreturn 1", "0"),
    ("EVAL_RO", "#!lua\nreturn 1", "0"), ("EVAL_RO", "return redis.call('set', 'a', 1)", "0"),
    ("EVAL", "return redis.call('select', 3)", "0"), ("EVAL", "return redis.call('info')", "x"),
    ("EVAL", "return redis.sha1hex()", "0"), ("EVAL", "return redis.sha1hex(1)", "0"),
    ("EVAL", "return redis.log('a', 'b')", "0"), ("EVAL", "return redis.set_repl(99)", "0"),
    ("EVAL", "return redis.acl_check_cmd('get', 'x')", "0"),
    ("EVAL", "return {err='a\r\nb'}", "0"), ("EVAL", "local t = {} for i = 1, 400 do t = {t} end"
     " return t", "0"),
    ("EVAL", "return redis.pcall('nope').err", "0"),
    ("EVAL", "return {redis.call('set', 'k', 'v').ok, redis.call('get', 'nokey')}", "0"),
    ("FUNCTION", "FLUSH"), ("FUNCTION", "STATS"),
)  # fmt: skip


def asked(redis: Redis, server: Server, calls: tuple[tuple[str, ...], ...]) -> list[str]:
    found: list[str] = []
    server.reset()
    with server.connect() as client:
        client.raw(b"FUNCTION", b"FLUSH")
        for call in calls:
            argv = [word.encode() for word in call]
            (reply,) = redis.all(*argv)
            ours, theirs = encode(reply), client.raw(*argv)
            if server.name == "valkey":
                ours, theirs = as_valkey(ours), as_valkey(theirs).replace(b"server.", b"redis.")
            if ours != theirs:
                found.append(f"{call}\n  ours   {ours!r}\n  theirs {theirs!r}")
    return found


@pytest.mark.parametrize("name", ["redis", "valkey"])
def test_what_is_loaded_and_called(name: str, redis: Redis, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{name}_server")
    loads = tuple(("FUNCTION", "LOAD", code) for code in LOADED)
    found = asked(redis, server, loads + CALLS)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["redis", "valkey"])
def test_libraries_cross_over(name: str, redis: Redis, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{name}_server")
    redis("FUNCTION", "LOAD", LIBRARY)
    payload = redis("FUNCTION DUMP")
    assert isinstance(payload, bytes)
    with server.connect() as client:
        client.run(b"FUNCTION", b"FLUSH")
        assert client.run(b"FUNCTION", b"RESTORE", payload) == b"OK"
        assert client.run(b"FCALL", b"f", b"1", b"k", b"v") == [1, 1, b"k", b"v"]
        theirs = client.run(b"FUNCTION", b"DUMP")
        client.run(b"FUNCTION", b"FLUSH")
    redis("FUNCTION FLUSH")
    redis(b"FUNCTION", b"RESTORE", theirs)
    assert redis("FCALL f 1 k v") == [1, 1, b"k", b"v"]
