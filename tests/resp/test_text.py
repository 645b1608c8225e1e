"""Bytes as text: escapes, redis-cli's output compared with redis-cli's, and command lines."""

from __future__ import annotations

import unicodedata
from random import Random

import pytest
from wcwidth import wcwidth

from redlearn.resp.encode import encode
from redlearn.resp.reply import (
    NULL_ARRAY,
    OK,
    BigNumber,
    Failure,
    Members,
    Pairs,
    Push,
    Reply,
    Status,
    Verbatim,
)
from redlearn.resp.text import (
    Token,
    UnbalancedQuotes,
    format_push,
    format_raw,
    format_reply,
    is_plain_text,
    printable,
    quoted,
    safe_text,
    split_args,
    tokens,
)
from tests.oracle.servers import Server
from tests.resp.cli import printed_by_cli

# --- Escapes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", '""'),
        (b"plain", '"plain"'),
        (b'a"b\\c', r'"a\"b\\c"'),
        (b"\n\r\t\a\b", r'"\n\r\t\a\b"'),
        (b"\x00\x1b\x7f\xff", r'"\x00\x1b\x7f\xff"'),
        ("é".encode(), r'"\xc3\xa9"'),
        (b"'", '''"'"'''),
    ],
)
def test_strings_are_quoted_as_redis_cli_does(data: bytes, text: str) -> None:
    assert quoted(data) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        (b'a"b\\c\n', r"a\"b\\c\n"),
        ("naïve 键 🍎".encode(), "naïve 键 🍎"),
        (b"\xc3", r"\xc3"),
        (b"\xff\xfe\x00", r"\xff\xfe\x00"),
        (b"\x1b[31m", r"\x1b[31m"),
        ("\x9b31m".encode(), r"\xc2\x9b31m"),
        ("a\u202eb".encode(), r"a\xe2\x80\xaeb"),
        ("a\u2066b".encode(), r"a\xe2\x81\xa6b"),
        ("a\u200bb".encode(), r"a\xe2\x80\x8bb"),
        ("e\u0301".encode(), r"e\xcc\x81"),
        ("\u3164".encode(), r"\xe3\x85\xa4"),
        ("\U000e0041".encode(), r"\xf3\xa0\x81\x81"),
        ("\u0378".encode(), r"\xcd\xb8"),
        ("\ue000".encode(), r"\xee\x80\x80"),
        ("\u2028".encode(), r"\xe2\x80\xa8"),
        ("\u00a0".encode(), r"\xc2\xa0"),
        (b"\xed\xa0\x80", r"\xed\xa0\x80"),  # a surrogate, which is no character
        (b"[red]not markup[/]", "[red]not markup[/]"),
    ],
)
def test_panes_show_letters_and_escape_everything_else(data: bytes, text: str) -> None:
    assert printable(data) == text


@pytest.mark.parametrize("seed", range(3))
def test_nothing_but_characters_of_one_or_two_cells_gets_through(seed: int) -> None:
    rng = Random(seed)
    for _ in range(400):
        noise = rng.randbytes(rng.randrange(40))
        letters = "".join(chr(rng.randrange(0x110000)) for _ in range(20))
        data = noise + letters.encode("utf-8", "surrogatepass") + noise
        shown = printable(data)
        assert all(wcwidth(character) in (1, 2) for character in shown)
        assert not {unicodedata.category(character) for character in shown} & {
            "Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Mn",
        }  # fmt: skip
        assert quoted(data).isascii()
        assert quoted(data).isprintable()


def test_each_character_of_unicode_is_kept_or_escaped_reversibly() -> None:
    for code in range(0, 0x110000, 7):
        raw = chr(code).encode("utf-8", "surrogatepass")
        assert split_args(f'"{printable(raw)}"') == [raw]


@pytest.mark.parametrize(
    ("data", "limit", "text"),
    [
        (b"abcdef", 6, "abcdef"),
        (b"abcdef", 3, "abc…"),
        ("aé".encode() * 9, 2, "a…"),
        ("🍎🍎".encode(), 5, "🍎…"),
        ("🍎🍎".encode(), 4, "🍎…"),
        ("🍎".encode(), 3, "…"),
        (b"\xff\xff\xff", 2, r"\xff…"),
        (b"abc", 0, "…"),
    ],
)
def test_long_values_are_cut_between_characters(data: bytes, limit: int, text: str) -> None:
    assert printable(data, limit) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"# Server\r\nversion:7\r\n", "# Server\r\nversion:7\r\n"),
        (b"one\ntwo\tthree\n", "one\ntwo\tthree\n"),
        (b"a\rb", r"a\rb"),
        (b"a\rb\r\nc\nd", "a\\rb\r\nc\nd"),
        (b'say "hi" \\', 'say "hi" \\'),
        (b"\x1b]0;owned\x07", r"\x1b]0;owned\a"),
        ("naïve\u202e\n".encode(), "naïve\\xe2\\x80\\xae\n"),
        (b"\xff", r"\xff"),
    ],
)
def test_a_text_keeps_its_lines_and_cannot_move_the_cursor(data: bytes, text: str) -> None:
    assert safe_text(data) == text


# --- Replies as redis-cli prints them -------------------------------------------------------

REPLIES: list[Reply] = [
    b"abc",
    b"",
    b'\x00\xff\n"\\',
    OK,
    Status("Background saving started"),
    Failure("ERR unknown command 'x', with args beginning with: "),
    5,
    -7,
    None,
    NULL_ARRAY,
    [],
    {},
    Members(),
    Push(),
    1.5,
    1e30,
    float("inf"),
    True,
    False,
    Verbatim(b"two\nlines"),
    [b"a", [b"b", [b"c", 1]], []],
    [Failure("ERR y"), OK, None, True, 2.5, Verbatim(b"v")],
    [[], [[]], {}, [{}], Members([b"x"]), [Members()]],
    list(range(9)),
    list(range(10)),
    [[number] * 11 for number in range(12)],
    {b"k": b"v", b"list": [1, 2], b"single": [1], b"nested": [[1]], b"deep": [[1, 2]]},
    {b"map": {b"k": 1}, b"maps": {b"k": 1, b"l": 2}, b"inner": {b"k": [1, 2]}, b"none": {}},
    {1: OK, None: None, 2.5: [None], Status("s"): Members([b"a", b"b"])},
    {b"k%d" % number: [1, {b"a": 1, b"b": Members([1, 2])}] for number in range(11)},
    Members([b"a", 1, Members([b"b"])]),
    Pairs([(b"ann", 1.0), (b"bob", 2.5)]),
    Push([b"message", b"channel", b"text"]),
]


def any_reply(rng: Random, depth: int = 0) -> Reply:
    kind = rng.randrange(9 if depth > 4 else 14)
    if kind >= 9:
        children = [any_reply(rng, depth + 1) for _ in range(rng.choice((0, 1, 1, 2, 3, 12)))]
        if kind == 13:
            return {b"%d" % number: child for number, child in enumerate(children)}
        return Members(children) if kind == 12 else children
    choices: list[Reply] = [
        rng.randbytes(rng.randrange(9)), rng.getrandbits(40), None, OK, Failure("ERR no"),
        rng.uniform(-9, 9), rng.random() < 0.5, Verbatim(b"some\ntext"), b"word",
    ]  # fmt: skip
    return choices[kind]


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("option", ["--no-raw", "--raw"])
def test_replies_print_as_redis_cli_prints_them(protocol: int, option: str) -> None:
    rng = Random(protocol)
    replies = REPLIES + [any_reply(rng) for _ in range(500)]
    if protocol == 3:  # redis-cli takes pushes for messages between the replies
        replies = [reply for reply in replies if not isinstance(reply, Push)]
    options = [option, "-3"] if protocol == 3 else [option]
    real = printed_by_cli([encode(reply, protocol) for reply in replies], *options)
    if option == "--raw":
        assert b"".join(format_raw(reply, protocol) for reply in replies) == real
    else:
        assert "".join(format_reply(reply, protocol) for reply in replies) == real.decode()


def test_pushes_print_as_redis_cli_prints_them() -> None:
    pushes = [
        Push([b"message", b"channel", b"text"]),
        Push([b"pong", b""]),
        Push([b"invalidate", [b"k1", b"k2"]]),
        Push([b"invalidate", [b"k"]]),
        Push([b"invalidate", None]),
    ]
    for push in pushes:
        real = printed_by_cli(
            [encode(push, 3) + b"+OK\r\n"], "--no-raw", "-3", "--show-pushes", "yes"
        )
        assert format_push(push) + "OK\n" == real.decode()


PLAIN_TEXT_COMMANDS = [
    b"INFO", b"info server", b"LOLWUT VERSION 5", b"CLUSTER NODES", b"CLUSTER INFO",
    b"CLUSTER NODES x", b"CLUSTER MYID", b"CLUSTER", b"CLIENT LIST", b"client list id 1",
    b"CLIENT INFO", b"CLIENT", b"CLIENT GETNAME", b"MEMORY DOCTOR", b"MEMORY MALLOC-STATS",
    b"MEMORY STATS", b"LATENCY DOCTOR", b"LATENCY DOCTOR x", b"LATENCY GRAPH",
    b"LATENCY GRAPH command", b"LATENCY GRAPH a b", b"LATENCY HISTORY x", b"DEBUG HTSTATS 0",
    b"DEBUG HTSTATS-KEY k", b"DEBUG OBJECT k", b"GET INFO",
]  # fmt: skip


@pytest.mark.parametrize(
    "answer", [b"a:1\r\nb:2\r\n", Verbatim(b"line\n"), Failure("ERR no"), [b"x"]]
)
def test_texts_for_people_print_plain_for_the_same_commands(answer: Reply) -> None:
    answers = [encode(answer, 3)] * len(PLAIN_TEXT_COMMANDS)
    real = printed_by_cli(answers, "--no-raw", "-3", lines=PLAIN_TEXT_COMMANDS)
    mine = [format_reply(answer, 3, line.split()) for line in PLAIN_TEXT_COMMANDS]
    assert "".join(mine) == real.decode()


def test_a_command_without_subcommand_is_no_plain_text() -> None:
    assert not is_plain_text([b"CLUSTER"])
    assert is_plain_text([b"InFo"])


def test_terminal_escapes_in_errors_and_texts_are_not_passed_on() -> None:
    """Unlike redis-cli, which prints both as they are."""
    assert format_reply(Failure("ERR '\x1b[2J'")) == "(error) ERR '\\x1b[2J'\n"
    assert format_reply(Status("\x07")) == "\\a\n"
    assert format_reply(Verbatim(b"\x1b[2J\n"), 3) == "\\x1b[2J\n\n"
    assert format_reply(b"\x1b[2J", argv=[b"INFO"]) == "\\x1b[2J"
    assert format_push(Push([b"invalidate", [b"\x1b"]])) == "-> invalidate: '\\x1b'\n"


def test_big_numbers_are_shown() -> None:
    """Unlike redis-cli 7, which exits with "Unknown reply type"."""
    number = BigNumber(10**5000)
    assert format_reply(number, 3) == "(big number) 1" + "0" * 5000 + "\n"
    assert format_raw(number, 3) == b"1" + b"0" * 5000 + b"\n"
    assert format_reply(BigNumber(-5), 2) == '"-5"\n'


def test_raw_output_keeps_every_byte() -> None:
    assert format_raw([b"\x1b\xff", b"\x00"]) == b"\x1b\xff\n\x00\n"


def test_a_reply_nested_deeper_than_python_recurses_is_printed() -> None:
    reply: Reply = b"x"
    for _ in range(5000):
        reply = [reply]
    assert format_reply(reply) == "1) " * 5000 + '"x"\n'
    assert format_raw(reply) == b"x\n"
    assert format_reply({b"k": reply}, 3) == '1# "k" => ' + "1) " * 5000 + '"x"\n'


# --- Command lines --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("", []),
        (" \t\v\f\r\n", []),
        ("SET k v", [b"SET", b"k", b"v"]),
        ("  SET   k\tv  ", [b"SET", b"k", b"v"]),
        ('SET k "a b"', [b"SET", b"k", b"a b"]),
        (r'"\n\r\t\b\a\x41\xff\q\\\""', [b'\n\r\t\b\aA\xffq\\"']),
        (r'"\x4" "\xg1"', [b"x4", b"xg1"]),
        (r"'it\'s \n'", [rb"it's \n"]),
        ("\"\" ''", [b"", b""]),
        ('ab"cd" e', [b"abcd", b"e"]),
        ("ab'c d'", [b"abc d"]),
        ("a\vb\fc", [b"a\vb\fc"]),
        ('"a"\vb', [b"a", b"b"]),
        ("a\0b c", [b"a"]),
        ("naïve", ["naïve".encode()]),
        (r'"\xc3\xa9"', ["é".encode()]),
        (b"\xff \xc3\x28", [b"\xff", b"\xc3("]),
        (b'"\xff"', [b"\xff"]),
    ],
)
def test_a_line_splits_into_arguments(line: str | bytes, argv: list[bytes]) -> None:
    assert split_args(line) == argv
    if isinstance(line, str):
        assert split_args(line.encode()) == argv


@pytest.mark.parametrize(
    "line", ['"', "'", '"a', "'a", 'a "b', '"a"b', "'a'b", "'a'\"b\"", '"a\\', "'\\'"]
)
def test_unbalanced_quotes_are_refused(line: str) -> None:
    with pytest.raises(UnbalancedQuotes):
        split_args(line)
    with pytest.raises(UnbalancedQuotes):
        split_args(line.encode())


def test_lines_split_as_redis_splits_inline_requests(redis_server: Server) -> None:
    rng = Random(3)
    lines = []
    for _ in range(3000):
        size = rng.randrange(14)
        lines.append(bytes(rng.choice(b"\"\"''\\\\xn4f \t\v\fab\xc3") for _ in range(size)))
    with redis_server.connect() as client:
        for line in lines:
            try:
                argv = split_args(b"RPUSH k " + line)
            except UnbalancedQuotes:
                continue
            if len(argv) < 3:
                continue
            client.run(b"DEL", b"k")
            client.sock.sendall(b"RPUSH k " + line + b"\r\n")
            assert client.reply() == len(argv) - 2, line
            assert client.run(b"LRANGE", b"k", b"0", b"-1") == argv[2:], line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("  ", []),
        ("GET", [Token(0, 3, b"GET", True)]),
        (" GET  k ", [Token(1, 4, b"GET", True), Token(6, 7, b"k", True)]),
        ('GET "a b', [Token(0, 3, b"GET", True), Token(4, 8, b"a b", False)]),
        ('GET "a b"', [Token(0, 3, b"GET", True), Token(4, 9, b"a b", True)]),
        (
            'GET "a"b c',
            [Token(0, 3, b"GET", True), Token(4, 8, b"ab", False), Token(9, 10, b"c", True)],
        ),
        ("键 'x", [Token(0, 1, "键".encode(), True), Token(2, 4, b"x", False)]),
        ('"\\', [Token(0, 2, b"\\", False)]),
        ("'", [Token(0, 1, b"", False)]),
    ],
)
def test_tokens_know_their_places_even_while_being_typed(text: str, found: list[Token]) -> None:
    assert tokens(text) == found


def test_lone_surrogates_from_a_terminal_are_the_bytes_they_stand_for() -> None:
    assert tokens("a\udcff") == [Token(0, 2, b"a\xff", True)]
    assert tokens("a\ud800") == [Token(0, 2, b"a?", True)]
