"""Random Lua scripts: values of all types both ways, errors, and the four libraries.

Each is one line, and gives the same on every server that runs it in the same order. Not drawn is
what does not:

- fractions sent to redis.call that 7.0 and 7.2 print otherwise;
- tables with two keys that are walked: Valkey seeds the hash of strings, and their order;
- `error(..., 2)` in a function that is called last: here its caller's line is still known.
"""

from __future__ import annotations

from random import Random

WORDS = ("a", "b", "foo", "x y", "12", "3.5", "", "\\0\\1", "\\r\\n", "\\195\\169", "\\255")
NUMBERS = ("0", "1", "-1", "2.5", "-2.5", "127", "128", "255", "256", "-129", "65536", "2^31",
           "-2^31", "2^53", "1e15", "1e300", "-0.0", "0.1")  # fmt: skip


class Generator:
    """Draws scripts."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"lua {seed}")

    def script(self) -> str:
        """The next script."""
        draw = self._random.choice(
            (self._returned, self._called, self._failed, self._json, self._json_text,
             self._packed, self._unpacked, self._structured, self._bits, self._typed)
        )  # fmt: skip
        protocol = self._random.choice(("", "", "redis.setresp(3) "))
        return protocol + draw()

    # --- values ---------------------------------------------------------------------------

    def _word(self) -> str:
        return f"'{self._random.choice(WORDS)}'"

    def _number(self) -> str:
        return self._random.choice(NUMBERS)

    def _plain(self, depth: int = 0) -> str:
        """A value without the tables that stand for replies."""
        kind = self._random.randrange(6 if depth < 3 else 4)
        if kind < 2:
            return self._word()
        if kind == 2:
            return self._number()
        if kind == 3:
            return self._random.choice(("true", "false"))
        items = [self._plain(depth + 1) for _ in range(self._random.randrange(4))]
        if kind == 4:
            return "{" + ", ".join(items) + "}"
        return "{" + ", ".join(f"[{self._key()}]={item}" for item in items[:1]) + "}"

    def _key(self) -> str:
        return self._random.choice(("'k'", "'1'", "5", "2", "1", "'other'"))

    def _value(self) -> str:
        special = (
            "{ok='fine'}", "{err='ERR no'}", "{err='X a\\r\\nb'}", "{ok=1}", "{double=2.5}",
            "{double='2'}", "{map={a=1}}", "{map={[1]={2}}}", "{set={a=true}}", "{set={}}",
            "{big_number='123456789012345678901'}", "{verbatim_string={format='txt',string='t'}}",
            "nil", "{1,nil,3}", "{nil}", "function() end", "cjson.null", "{a=1}",
            "redis.status_reply('S')", "redis.error_reply('E x')", "redis.error_reply('-E x')",
        )  # fmt: skip
        if self._random.random() < 0.5:
            return self._random.choice(special)
        return self._plain()

    # --- scripts --------------------------------------------------------------------------

    def _returned(self) -> str:
        values = ", ".join(self._value() for _ in range(self._random.randrange(1, 4)))
        return f"return {values}" if self._random.random() < 0.3 else f"return {{{values}}}"

    def _called(self) -> str:
        call = self._random.choice(
            ("'set','s',%s", "'get','s'", "'rpush','l',%s", "'lrange','l',0,4", "'hset','h','f',%s",
             "'hgetall','h'", "'sadd','t',%s", "'smembers','one'", "'zadd','z',1.5,%s",
             "'zrange','z',0,3,'withscores'", "'zscore','z','a'", "'get','none'", "'incr','n'",
             "'echo',%s", "'exists','s','l'", "'xread','count',1,'streams','none','0'",
             "'sismember','t','a'", "'mget','s','none'", "'hrandfield','none'",
             "'object','encoding','n'", "'type','l'", "'del','l'", "'ping'", "'sadd','one','m'")
        )  # fmt: skip
        if "%s" in call:
            call %= self._random.choice((self._word(), "1", "-7", "2.5", "1e15"))
        how = self._random.choice(("call", "pcall"))
        return f"local r = redis.{how}({call}) return {{type(r), r}}"

    def _failed(self) -> str:
        act = self._random.choice(
            ("error('x')", "error({err='MY x'})", "error('x', 0)", "error('x', 2)",
             "redis.call('nope')", "redis.call('get')", "redis.call('lpush','s','x')",
             "redis.call('multi')", "local t = nil; t.x = 1", "return nil + 1", "return #nil",
             "return undefined", "undefined = 1", "redis.x = 1", "string.y = 1",
             "return {} < {}", "return 'a' .. {}", "return (nil)()", "assert(false, 'why')",
             "assert(nil)", "return tostring(nil) .. tostring(true)", "return unpack({1,2,3})",
             "rawset(_G, 'x', 1)", "return ('x'):nope()", "return string.rep('ab', 3)",
             "return table.concat({1,2,'x'}, '-')", "return string.format('%5.2f|%d|%s', 1, 2, 3)",
             "return select('#', nil, nil)", "return string.rep()", "setmetatable(redis, {})")
        )  # fmt: skip
        wrapped = self._random.choice(
            ("%s", "%s", "local ok, e = pcall(function() %s end) return {tostring(ok), e}",
             "local function f() %s end return f()",
             "return {pcall(function() %s end)}",
             "local c = coroutine.wrap(function() %s end) return c()",
             "return select(2, xpcall(function() %s end, function(e) return type(e) end))")
        )  # fmt: skip
        if "return f()" in wrapped:
            act = act.replace("error('x', 2)", "error('x', 1)")
        return wrapped % act

    def _json(self) -> str:
        return f"return cjson.encode({self._plain()})"

    def _json_text(self) -> str:
        text = self._random.choice(
            ('{"a":[1,2,{"b":null}]}', "[]", "[1,-2.5e3,0.1]", '"\\\\u00e9\\\\n"',
             "[[[1]]]", "{}", "tru", "[1 2]", '{"a" 1}', "nan", "0x1F", "-Infinity", '"\\\\ud83d"',
             '{"a":1}', "null", " [ 1 , 2 ] ")
        )  # fmt: skip
        if self._random.random() < 0.4:
            cut = self._random.randrange(len(text) + 1)
            text = text[:cut] + self._random.choice(("", "]", "}", ",", "x")) + text[cut + 1 :]
            text = text.replace("\\\\", "") if text.count("\\") % 4 else text
        return (
            f"local v = cjson.decode('{text}') "
            "return {type(v), cjson.encode(v), type(v) == 'table' and #v or tostring(v)}"
        )

    def _packed(self) -> str:
        values = ", ".join(self._plain() for _ in range(self._random.randrange(1, 4)))
        return f"return cmsgpack.pack({values})"

    def _unpacked(self) -> str:
        if self._random.random() < 0.5:
            return f"return {{cmsgpack.unpack(cmsgpack.pack({self._plain()}, {self._plain()}))}}"
        marks = "".join(f"\\{self._random.randrange(256)}" for _ in range(6))
        return f"local ok, e = pcall(cmsgpack.unpack, '{marks}') return {{tostring(ok), type(e)}}"

    def _structured(self) -> str:
        letters = [self._random.choice("bBhHlLiIfd") for _ in range(self._random.randrange(1, 5))]
        form = self._random.choice(("", ">", "<", "!4", ">!8")) + "".join(letters)
        numbers = ", ".join(self._random.choice(("0", "1", "-1", "100", "-3")) for _ in letters)
        if self._random.random() < 0.3:
            return f"return {{struct.unpack('{form}', '{'abcdefgh' * 2}')}}"
        return (
            f"local p = struct.pack('{form}', {numbers}) "
            f"return {{p, struct.size('{form}'), struct.unpack('{form}', p)}}"
        )

    def _bits(self) -> str:
        name = self._random.choice(("band", "bor", "bxor", "lshift", "rshift", "arshift", "rol",
                                    "ror", "bnot", "bswap", "tobit", "tohex"))  # fmt: skip
        numbers = ("0", "1", "-1", "255", "2^31", "-2^31", "2^32-1", "0x12345678", "1.5", "2.5")
        count = 1 if name in ("bnot", "bswap", "tobit") else 2
        values = ", ".join(self._random.choice(numbers) for _ in range(count))
        return f"return {{tostring(bit.{name}({values}))}}"

    def _typed(self) -> str:
        return f"local v = {self._value()} return {{type(v), tostring(type(v) == 'table')}}"
