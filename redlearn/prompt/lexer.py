"""Colours while typing: the command, its options, numbers, and what cannot be right."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from redlearn.prompt.act import is_own_word
from redlearn.prompt.reading import Reading, read
from redlearn.resp.double import parse_double


class RedisLexer(Lexer):
    """Styles: class:command, keyword, key, number, string, unknown, error, act, client."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Give a function from line number to styled pieces."""
        lines = document.lines
        last = document.cursor_position_row

        def line(number: int) -> StyleAndTextTuples:
            try:
                return colour(lines[number], typing=number == last)
            except IndexError:
                return []

        return line


def colour(text: str, *, typing: bool = False) -> StyleAndTextTuples:
    """The pieces of one line, which together are the line.

    Args:
        typing: The last word may not be finished, so it is not yet called wrong.
    """
    if text.lstrip().startswith(":"):
        return [("class:act", text)]
    reading = read(text)
    if reading.too_long:
        return [("", text)]
    pieces: StyleAndTextTuples = []
    if reading.client:
        pieces.append(("class:client", text[: reading.client]))
    if reading.start > reading.client:
        pieces.append(("class:number", text[reading.client : reading.start]))
    at = reading.start
    for number, word in enumerate(reading.words):
        if word.start > at:
            pieces.append(("", text[at : word.start]))
        pieces.append((_style(reading, number, typing), text[word.start : word.end]))
        at = word.end
    if at < len(text):
        pieces.append(("", text[at:]))
    return pieces


def _style(reading: Reading, number: int, typing: bool) -> str:
    word = reading.words[number]
    unfinished = typing and word is reading.typing
    if not word.closed and not unfinished:
        return "class:error"
    if is_own_word(reading.words[0].value):
        return "" if number else "class:act"
    if number < reading.named:
        if reading.command is None and (number > 0 or reading.container is None):
            return "class:typing" if unfinished else "class:unknown"
        return "class:command"
    if reading.whole is None:
        return "class:unknown" if reading.container is not None and not unfinished else ""
    return _argument_style(reading, number - reading.named, unfinished)


def _argument_style(reading: Reading, number: int, unfinished: bool) -> str:
    match = reading.whole
    assert match is not None
    error = reading.error
    if error is not None and number >= error[0]:
        return "class:typing" if unfinished and number == error[0] else "class:error"
    if number >= len(match.bound):
        return ""
    place = match.bound[number]
    if place.keyword is not None:
        return "class:keyword"
    if place.argument.type == "key":
        return "class:key"
    if parse_double(reading.words[number + reading.named].value) is not None:
        return "class:number"
    return "class:string"
