r"""Line ends in what clients send: no answer is two answers, and each is a real server's.

Whoever could put `\r\n` into a status or an error could make up replies for whoever reads it
(CVE-2025-67733); and a script whose lines end as those of Windows is a script all the same.
"""

from __future__ import annotations

import pytest

from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle.servers import Server

SCRIPTS = (
    "return {err='MY a\\r\\nb'}", "return {ok='a\\r\\nb'}", "return redis.error_reply('a\\r\\nb')",
    "return redis.error_reply('a\\nb')", "return redis.status_reply('a\\r\\nb')",
    "return redis.error_reply('-ERR x\\r\\n')", "return {err='\\r\\n'}", "return {ok=''}",
    "error('a\\r\\nb')", "error({err='E a\\r\\nb'})", "return {err=12}", "return {err={}}",
    "return {verbatim_string={format='t\\r\\n',string='a\\r\\nb'}}",
    "return {verbatim_string={format='longer',string='ab'}}",
    "return {map={['a\\r\\nb']='\\r\\n'}}", "return {set={['a\\r\\nb']=true}}",
    "return redis.pcall('GET\\r\\nx')", "return redis.call('GET\\r\\nx','a')",
    "return redis.pcall('INCRBY','a\\r\\nb','x\\r\\n')",
    "return redis.pcall('XREADGROUP','GROUP','g\\r\\nx','c','STREAMS','k\\r\\n','>')",
    "return redis.acl_check_cmd('a\\r\\nb')", "return cjson.decode('a\\r\\nb')", "return x\r\ny z",
)  # fmt: skip

CALLS: tuple[list[bytes], ...] = (
    [b"NO\r\nSUCH", b"a\r\nb"],
    [b"OBJECT", b"a\r\nb"],
    [b"CONFIG", b"SET", b"a\r\nb", b"1"],
    [b"CONFIG", b"SET", b"maxmemory-policy", b"a\r\n"],
    [b"ACL", b"SETUSER", b"u", b"+a\r\nb"],
    [b"ACL", b"SETUSER", b"u\r\n", b"+get"],
    [b"ACL", b"CAT", b"a\r\n"],
    [b"ACL", b"DRYRUN", b"a\r\n", b"get"],
    [b"ACL", b"DRYRUN", b"default", b"g\r\n"],
    [b"AUTH", b"a\r\n", b"b"],
    [b"CLIENT", b"KILL", b"USER", b"a\r\n"],
    [b"CLIENT", b"KILL", b"TYPE", b"a\r\n"],
    [b"CLIENT", b"LIST", b"TYPE", b"a\r\n"],
    [b"HELLO", b"3", b"a\r\nb"],
    [b"FUNCTION", b"LOAD", b"#!lu\r\n name=a\n"],
    [b"FUNCTION", b"DELETE", b"a\r\n"],
    [b"FCALL", b"a\r\n", b"0"],
    [b"EVALSHA", b"a\r\n", b"0"],
    [b"XREADGROUP", b"GROUP", b"g\r\n", b"c", b"STREAMS", b"k\r\n", b">"],
    [b"XGROUP", b"DESTROY", b"k\r\n", b"g"],
    [b"XCLAIM", b"k\r\n", b"g\r\n", b"c", b"1", b"1-1"],
    [b"DEBUG", b"ERROR", b"a\r\nb"],
    [b"PUBSUB", b"\r\n"],
    [b"GEORADIUS", b"g", b"1", b"2", b"3", b"\r\n"],
    [b"SELECT", b"\r\n"],
    [b"SLOWLOG", b"\r\n"],
)

SHEBANGS = (
    "#!lua\r\nreturn 1", "#!lua flags=no-writes\r\nreturn 1", "#!lua flags=no-writes \t \nreturn 1",
    "#!lua\tflags=no-writes,allow-oom\nreturn 1", '#!lua "flags=no-writes"\nreturn 1',
    '#!"lua"\nreturn 1', "#! lua\nreturn 1", "#!\nreturn 1", '#!lua "fl\nreturn 1', "#!lua",
    "#!lua flags\nreturn 1", "#!lua flags=no-writes flags=allow-oom\nreturn 1",
    "#!lua flags=,no-writes,\nreturn 1", "#!lua \r\n\r\nreturn nosuch",
)  # fmt: skip

BODY = "\nredis.register_function('f', function() return 1 end)"
LIBRARIES = (
    "#!lua\tname=tab\r", "#!lua name=crlf\r", '#!lua name="q u"\r', '#!lua "name=quoted"',
    '#!"lua" name=zz', "#! lua name=zz", '#!lua "na', "#!", "#!lua NAME=up", "#!lua name=a name=b",
)  # fmt: skip


def sides(
    redis: Redis, server: Server, argv: list[bytes], protocol: int = 2
) -> tuple[bytes, bytes]:
    """What a call is answered here and there."""
    redis.client.protocol = protocol
    ours = b"".join(encode(reply, protocol) for reply in redis.all(*argv))
    with server.connect(protocol) as client:
        return ours, client.raw(*argv)


def both(redis: Redis, server: Server, argv: list[bytes]) -> None:
    """Compare a call in both protocols; each answer is one."""
    for protocol in (2, 3):
        ours, theirs = sides(redis, server, argv, protocol)
        assert ours == theirs
        assert len(list(ReplyDecoder().feed(ours))) == 1


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_that_answer_with_line_ends(
    redis: Redis, redis_server: Server, script: str
) -> None:
    both(redis, redis_server, [b"EVAL", script.encode(), b"0"])


@pytest.mark.parametrize("argv", CALLS, ids=repr)
def test_errors_that_repeat_line_ends(
    redis: Redis, redis_server: Server, argv: list[bytes]
) -> None:
    if argv[0] == b"DEBUG":  # servers refuse it
        assert encode(redis.all(*argv)[0]) == b"-a  b\r\n"
        return
    both(redis, redis_server, argv)


@pytest.mark.parametrize("script", SHEBANGS)
def test_first_lines_are_split_like_a_command(
    redis: Redis, redis_server: Server, script: str
) -> None:
    both(redis, redis_server, [b"EVAL", script.encode(), b"0"])


@pytest.mark.parametrize("head", LIBRARIES)
def test_first_lines_of_libraries_too(redis: Redis, redis_server: Server, head: str) -> None:
    with redis_server.connect() as client:
        client.run(b"FUNCTION", b"FLUSH")
    ours, theirs = sides(redis, redis_server, [b"FUNCTION", b"LOAD", (head + BODY).encode()])
    assert ours == theirs
