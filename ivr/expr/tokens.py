"""The source of an expression into tokens, in one pass of one regular expression.

Only ASCII names are read: look-alike letters of other alphabets are refused where they stand.
There are no escapes in a text; one kind of quote may hold the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from ivr.errors import IvrError

KEYWORDS: Final = frozenset({"and", "or", "not", "in", "is", "empty", "yes", "no", "as"})

# Possessive throughout, so no source makes it slower than its length.
_TOKEN: Final = re.compile(
    r"[ \t\r\n]*+(?:"
    r"(?P<number>[0-9]++(?:\.[0-9]++)?+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*+)"
    r"|(?P<text>'[^']*+'|\"[^\"]*+\")"
    r"|(?P<sign>[=!<>]=|[=<>+\-*/.,()\[\]])"
    r"|(?P<end>\Z)"
    r"|(?P<odd>.))",
    re.DOTALL,
)

_HINTS: Final = {
    "'": "This quote is not closed.",
    '"': "This quote is not closed.",
    "&": "`&` is not part of the language; write `and`.",
    "|": "`|` is not part of the language; write `or`.",
    "!": "`!` is not part of the language; write `not`.",
    "$": "Write the name itself: `${}` does not stand inside an expression.",
    "{": "Write the name itself: `${}` does not stand inside an expression.",
    "}": "Only one `${}` may stand here; join texts with `+`.",
}


@dataclass(frozen=True, slots=True)
class ExpressionError:
    """What is wrong with an expression: a value, for a diagnostic to point at.

    `offset` and `length` count characters of the source as it was given. `name` is the unknown
    word, if that is what is wrong, and `candidates` are the words that would be known there.
    """

    message: str
    offset: int
    length: int = 1
    name: str = ""
    candidates: tuple[str, ...] = ()


class Misread(IvrError):
    """The source does not parse; only the parser raises and catches it."""

    def __init__(self, error: ExpressionError) -> None:
        super().__init__(error.message)
        self.error = error


class Token(NamedTuple):
    """One word of the source; `kind` is the sign or keyword itself, or number, name, text, end."""

    kind: str
    text: str
    offset: int


def tokenize(source: str, start: int, end: int) -> list[Token]:
    """The tokens of `source[start:end]`, the last one being `end`. Raises Misread."""
    tokens: list[Token] = []
    at = start
    while True:
        match = _TOKEN.match(source, at, end)
        assert match is not None  # the last alternative takes any character
        kind, at = match.lastgroup or "", match.end()
        text, offset = match[kind], match.start(kind)
        if kind == "sign" or (kind == "name" and text in KEYWORDS):
            kind = text
        elif kind == "odd":
            raise Misread(_odd(text, offset))
        tokens.append(Token(kind, text, offset))
        if kind == "end":
            return tokens


def _odd(character: str, offset: int) -> ExpressionError:
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    message = _HINTS.get(character, f"`{shown}` is not part of the language.")
    return ExpressionError(message, offset)
