"""What an engine knows of scripts: which it forgets, and whose functions have which name."""

from __future__ import annotations

from redlearn.engine.scripts import MOST_EVALUATED, Function, Library, Script, Scripts


def script(number: int, stays: bool = False) -> Script:
    return Script(b"%d" % number, b"return", b"return", None, stays)


def library(name: bytes, *functions: bytes) -> Library:
    rows = tuple(Function(each, None, frozenset()) for each in functions)
    return Library(name, b"code", b"code", rows)


def test_the_script_used_longest_ago_is_forgotten_first() -> None:
    scripts = Scripts()
    for number in range(MOST_EVALUATED):
        scripts.remember(script(number))
    scripts.use(script(0))
    scripts.remember(script(MOST_EVALUATED))
    assert b"0" in scripts.known and b"1" not in scripts.known


def test_what_was_loaded_stays() -> None:
    scripts = Scripts()
    scripts.remember(script(-1, stays=True))
    for number in range(2 * MOST_EVALUATED):
        scripts.remember(script(number))
    assert b"-1" in scripts.known
    assert len(scripts.known) == MOST_EVALUATED + 1


def test_names_of_functions_know_no_case() -> None:
    scripts = Scripts()
    scripts.add(library(b"a", b"Count"))
    assert scripts.functions[b"count"][1].name == b"Count"
    assert scripts.taken(library(b"b", b"cOUNT")) == b"cOUNT"
    assert scripts.taken(library(b"a", b"cOUNT")) is None


def test_a_library_takes_its_functions_along() -> None:
    scripts = Scripts()
    scripts.add(library(b"a", b"f", b"g"))
    scripts.add(library(b"a", b"h"))
    assert list(scripts.functions) == [b"h"]
    assert scripts.delete(b"a") and not scripts.delete(b"a")
    assert not scripts.functions


def test_all_of_it_comes_back() -> None:
    scripts, back = Scripts(), Scripts()
    scripts.remember(script(1))
    scripts.remember(script(2, stays=True))
    scripts.add(library(b"a", b"f"))
    back.thaw(scripts.freeze())
    assert back.freeze() == scripts.freeze()
    assert back.functions == scripts.functions
