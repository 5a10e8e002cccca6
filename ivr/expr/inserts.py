"""The `${...}` of a text: found, parsed, checked, and put into words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from ivr.expr.declarations import SPOKEN
from ivr.expr.expression import Expression
from ivr.expr.limits import TEXT_SIZE
from ivr.expr.parser import parse_piece
from ivr.expr.references import Scope
from ivr.expr.rules import OPEN
from ivr.expr.speech_format import TAKES, Speaker
from ivr.expr.tokens import ExpressionError, Misread
from ivr.expr.values import Environment, plain_text, size_of

# A quote may hold a `}`. Possessive, so that a missing end costs one pass and no more.
_INSERT: Final = re.compile(r"\$\{(?P<inside>(?:[^'\"}]++|'[^']*+'|\"[^\"]*+\")*+)\}")
_WITHOUT_TEXT: Final = frozenset({"list", "record", "recording"})


@dataclass(frozen=True, slots=True)
class Insert:
    """One `${}`: its expression and, if there is one, the form after `as`.

    The source of the expression is the whole text, so that its offsets are those of the text.
    """

    expression: Expression
    form: str
    offset: int

    @property
    def is_environment(self) -> bool:
        """Whether it is just an `env.` name."""
        name = self.expression.reference
        return not self.form and len(name) == 2 and name[0] == "env"

    def words(self, env: Environment, speaker: Speaker) -> str:
        """The value as text; empty as nothing, unless a form must speak it: SpokenValueError."""
        value = self.expression.evaluate(env)
        return speaker.say(value, self.form) if self.form else plain_text(value)

    def check(self, scope: Scope, as_text: bool) -> list[ExpressionError]:
        """What is wrong; with `as_text`, a value that has no one text is wrong too."""
        faults = self.expression.check(scope)
        if faults:
            return faults
        kind = self.expression.type(scope).type
        if self.form and kind not in TAKES[self.form] | OPEN:
            message = f"`as {self.form}` cannot speak {SPOKEN[kind]}."
        elif as_text and kind in _WITHOUT_TEXT:
            message = (
                f"{SPOKEN[kind].capitalize()} cannot be put into a text; name one of its parts."
            )
        else:
            return []
        return [ExpressionError(message, self.offset, len("${"))]


Parts: TypeAlias = tuple[str | Insert, ...]
Faults: TypeAlias = tuple[ExpressionError, ...]


def read_parts(source: str) -> tuple[Parts, Faults]:
    """A text as written parts and inserts, and what does not parse. Never raises."""
    if size_of(source) > TEXT_SIZE:
        message = f"A text has at most {TEXT_SIZE // 1024} kB."
        return (), (ExpressionError(message, 0, len(source)),)
    parts: list[str | Insert] = []
    faults: list[ExpressionError] = []
    at = 0
    while (start := source.find("${", at)) >= 0:
        parts.append(source[at:start])
        found = _INSERT.match(source, start)
        if found is None:
            message = "This `${` has no closing `}`; inside it, quotes come in pairs."
            return (), (*faults, ExpressionError(message, start, len("${")))
        try:
            parts.append(_insert(source, *found.span("inside")))
        except Misread as misread:
            faults.append(misread.error)
        at = found.end()
    parts.append(source[at:])
    return tuple(part for part in parts if part != ""), tuple(faults)


def _insert(source: str, start: int, end: int) -> Insert:
    piece = parse_piece(source, start, end)
    if piece.form and piece.form not in TAKES:
        known = tuple(sorted(TAKES))
        message = f"There is no form `as {piece.form}`, only {', '.join(known)}."
        raise Misread(
            ExpressionError(message, piece.form_offset, len(piece.form), piece.form, known)
        )
    return Insert(Expression(source, piece.node, None), piece.form, start - len("${"))
