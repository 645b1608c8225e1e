"""Nothing gets out of the sandbox, and nothing breaks the worker: the known ways, one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redlearn.lua.runner import WorkerRunner
from tests.lua.jobs import begin


@pytest.fixture(scope="module")
def runner() -> Iterator[WorkerRunner]:
    made = WorkerRunner(steps=5_000_000, seconds=2.0)
    yield made
    made.close()


UNKNOWN = (
    "os.execute", "io", "package", "require", "debug", "dofile", "loadfile", "print", "module",
    "python", "getfenv", "setfenv", "newproxy", "lupa", "arg", "ffi", "jit", "posix",
)  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_reaches_out_is_not_there(runner: WorkerRunner, name: str) -> None:
    message = begin(runner, f"return {name}")
    assert message == b"R_\r\n" or b"nonexistent global variable" in message
    for way in (f"_G['{name}']", f"rawget(_G, '{name}')"):
        message = begin(runner, f"return type({way})")
        assert b"nonexistent" in message or message in (b"R$3\r\nnil\r\n",), way


def test_the_clock_is_all_of_os(runner: WorkerRunner) -> None:
    source = "local t = {} for k in pairs(os) do t[#t + 1] = k end return t"
    assert begin(runner, source) == b"R*1\r\n$5\r\nclock\r\n"


REFUSED = {
    # CVE-2015-4335: bytecode
    "return loadstring(string.dump(function() end))": b"R_\r\n",
    "return (select(2, loadstring('\\27Lua')))": b"R$",
    "local n = 0 return load(function() n = n + 1 return n == 1 and '\\27Lua' or nil end)": b"R_",
    # CVE-2015-8080, CVE-2018-11219: sizes in struct
    "return struct.pack('i99999999999', 1)": b"EE",
    "return struct.unpack('i33', 'x')": b"EE",
    "return struct.pack('!2147483648bi', 1, 2)": b"EE",
    "return struct.unpack('c2147483647', 'x')": b"EE",
    "return struct.unpack('I8c0', '\\255\\255\\255\\255\\255\\255\\255\\255x')": b"EE",
    "return struct.unpack('b', 'x', -1)": b"EE",
    "return struct.unpack('b', 'x', 2^40)": b"EE",
    "return struct.size('c2147483647c2147483647')": b"EE",
    # CVE-2018-11218: cmsgpack
    "return cmsgpack.unpack('\\219\\255\\255\\255\\255')": b"EE",
    "return cmsgpack.unpack('\\221\\255\\255\\255\\255')": b"EE",
    "return cmsgpack.unpack('\\223\\255\\255\\255\\255')": b"EE",
    "return cmsgpack.unpack_limit('\\1', -1)": b"EE",
    "return cmsgpack.unpack_one('\\1', 2^31)": b"EE",
    "return cmsgpack.unpack(('\\145'):rep(100000))": b"EE",
    # CVE-2021-32626, CVE-2022-24834: depth and size of JSON
    "local t = {} for i = 1, 100000 do t = {t} end return cjson.encode(t)": b"EE",
    "return cjson.decode(('['):rep(100000))": b"EE",
    "return cjson.decode(('{\"a\":'):rep(100000))": b"EE",
    "local t = {} t[1] = t return cjson.encode(t)": b"EE",
    # CVE-2024-31449: bit.tohex
    "return bit.tohex(1, -2147483648)": b"R$8\r\n00000001\r\n",
    "return bit.tohex(1, 2147483647)": b"R$8\r\n00000001\r\n",
    # CVE-2025-46817: unpack
    "return unpack({}, -2^31, 2^31 - 1)": b"EE",
    "return unpack({}, 0, 2^31)": b"EE",
    "return unpack({}, 1, 1e9)": b"EE",
    "return {unpack({}, -1e300, 1e300)}": b"EE",
    # CVE-2022-24735, CVE-2025-46818: poisoning what others will use
    "getmetatable('').__index = {}": b"EE",
    "getmetatable('').__index.upper = nil": b"EE",
    "rawset(getmetatable(''), '__index', {})": b"EE",
    "setmetatable(_G, {})": b"EE",
    "getmetatable(_G).__index = nil": b"EE",
    "rawset(_G, 'redis', {})": b"EE",
    "redis.call = nil": b"EE",
    "rawset(redis, 'call', nil)": b"EE",
    "string.format = nil": b"EE",
    "table.insert(redis, 1)": b"EE",
    "math.random = nil": b"EE",
    "cjson.encode = nil": b"EE",
    # CVE-2022-24736: what is no script
    "return (": b"S",
    # ways that ended interpreters
    "return tostring(setmetatable({}, {__tostring = function(t) return tostring(t) end}))": b"EE",
    "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x": b"EE",
    "local f f = function() return pcall(f) end f()": b"",
    "local function f() return coroutine.wrap(f)() end return f()": b"",
    "return ('x'):rep(-1)": b"R$0\r\n",
    "string.format('%99999d', 1)": b"EE",
    "return string.format(('%s'):rep(300), 1)": b"EE",
    "return string.gsub(('a'):rep(300000), ('a?'):rep(3), '')": b"",
    "return table.concat({}, '', 1, 2^31)": b"",
    "local t = {} t[2^53] = 1 return #t": b"R:0\r\n",
    "return string.byte('x', 1, -1, 2^31)": b"R:120\r\n",
    "return tonumber('1' .. ('0'):rep(100000))": b"R:-9223372036854775808\r\n",
    "local t = {} for i = 1, 300 do t[i] = 'x' .. i end "
    "return loadstring('local ' .. table.concat(t, ','))": b"R_\r\n",
    "return loadstring(('('):rep(100000))": b"R_\r\n",
    # CVE-2025-46819: long strings
    "return loadstring('[' .. ('='):rep(1000000))": b"R_\r\n",
    "return loadstring('--[' .. ('='):rep(1000000) .. '[x')": b"R_\r\n",
    # CVE-2024-46981, CVE-2025-49844: the collector
    "for i = 1, 1000 do loadstring('return ' .. i) collectgarbage() end return 1": b"R:1\r\n",
    "setmetatable({}, {__gc = function() error('x') end}) collectgarbage() return 1": b"R:1\r\n",
}


@pytest.mark.parametrize("source", REFUSED)
def test_known_attacks_come_to_nothing(runner: WorkerRunner, source: str) -> None:
    wanted = REFUSED[source].replace(b"EE", b"E*3")
    message = begin(runner, source)
    assert message.startswith(wanted) or (wanted == b"E*3" and message[:1] == b"X"), message
    assert begin(runner, "return ('ok'):upper()") == b"R$2\r\nOK\r\n"


WALKS = (
    "redis.call", "redis.pcall", "pcall", "cjson.encode", "string.upper", "coroutine.create",
    "redis.sha1hex", "math.random", "struct.pack",
)  # fmt: skip


@pytest.mark.parametrize("name", WALKS)
def test_functions_lead_nowhere(runner: WorkerRunner, name: str) -> None:
    assert begin(runner, f"return type({name})") == b"R$8\r\nfunction\r\n"
    for what in ("x", "__globals__", "__class__", "func_globals"):
        assert b"attempt to index" in begin(runner, f"local f = {name} return f.{what}")
    assert begin(runner, f"return getmetatable({name})") == b"R_\r\n"


def test_nothing_of_python_is_in_any_table(runner: WorkerRunner) -> None:
    source = """
      local seen, odd = {}, {}
      local function walk(t, path)
        if seen[t] then return end
        seen[t] = true
        for k, v in pairs(t) do
          if type(v) == 'userdata' then odd[#odd + 1] = path .. tostring(k) end
          if type(v) == 'table' then walk(v, path .. tostring(k) .. '.') end
        end
      end
      walk(_G, '')
      return odd
    """
    assert begin(runner, source) == b"R*1\r\n$10\r\ncjson.null\r\n"


def test_one_script_leaves_nothing_for_the_next(runner: WorkerRunner) -> None:
    begin(runner, "cjson.encode_max_depth(1) table.extra = 1")
    begin(runner, "cjson.encode_max_depth(1) math.randomseed(7) collectgarbage('stop')")
    assert begin(runner, "return cjson.encode({{1}})") == b"R$5\r\n[[1]]\r\n"
