"""A finding shown in the lines of its file, with a caret under the words concerned.

The lines come from files that anybody may have written, so they are shown, not sent, to the
terminal: control and bidirectional characters become a replacement mark, tabs become spaces,
and a very long line is cut around the caret.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ivr.flow.diagnostics import Diagnostic, Severity, Span

Sources = Mapping[str, Sequence[str]]
"""The lines of each file, by the name that its diagnostics give."""

_CONTEXT: Final = 2
_WINDOW: Final = 120
_TAB: Final = "    "
_JOINERS: Final = "\u200c\u200d"
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NO_WIDTH: Final = frozenset({"Mn", "Me"})

_RESET: Final = "\x1b[0m"
_BOLD: Final = "\x1b[1m"
_BLUE: Final = "\x1b[34m"
_PAINT: Final = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}


def visible(text: str) -> str:
    """The text on one line, with a replacement mark for each character that is no picture."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_picture(character) for character in text)


def _picture(character: str) -> str:
    if character == "\t":
        return _TAB
    if character in "\r\n":
        return " "
    unprintable = unicodedata.category(character) in _UNPRINTABLE
    return "\ufffd" if unprintable and character not in _JOINERS else character


def _columns(shown: str) -> int:
    """How many columns of a terminal this text takes."""
    return sum(map(_width, shown))


def _width(character: str) -> int:
    if character in _JOINERS or unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@dataclass(frozen=True, slots=True)
class _Marked:
    """A line as shown, and where in it the caret goes, in columns of a terminal."""

    text: str
    indent: int
    width: int


def _mark(line: str, span: Span) -> _Marked:
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    left = max(0, start - _WINDOW // 2) if len(line) > _WINDOW else 0
    right = min(len(line), left + _WINDOW)
    cut_before, cut_after = "…" * (left > 0), "…" * (right < len(line))
    return _Marked(
        cut_before + visible(line[left:right]) + cut_after,
        len(cut_before) + _columns(visible(line[left:start])),
        max(1, _columns(visible(line[start : min(end, right)]))),
    )


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Draws one finding; `color` adds the escape sequences of a terminal."""

    finding: Diagnostic
    sources: Sources
    color: bool = False

    def lines(self) -> Iterator[str]:
        """The title, the lines concerned within a rule, and the help."""
        found = self.finding
        title = self._paint(f"{found.severity}[{found.code}]", _PAINT[found.severity])
        yield f"{title}: {self._paint(visible(found.message), _BOLD)}"
        yield self._rule("╷", f"{visible(found.file)}:{found.span.line}:{found.span.column}")
        yield from self._place()
        for other in found.related:
            yield from self._other_place(other.file, other.span, other.message)
        yield self._rule("╵")
        if found.advice:
            yield f"{self._margin} help: {visible(found.advice)}"

    @property
    def _margin(self) -> str:
        last = max(self.finding.span.line, *(one.span.line for one in self.finding.related), 10)
        return " " * len(str(last))

    def _place(self) -> Iterator[str]:
        span, detail = self.finding.span, visible(self.finding.detail)
        lines = self.sources.get(self.finding.file, ())
        if span.line > len(lines):
            if detail:
                yield self._rule("│", detail)
            return
        yield self._rule("│")
        for number in range(max(1, span.line - _CONTEXT), span.line):
            yield self._source_line(number, _mark(lines[number - 1], Span(1, 1, 1, 1)).text)
        yield from self._marked(lines[span.line - 1], span, "^", detail)

    def _other_place(self, file: str, span: Span, message: str) -> Iterator[str]:
        lines = self.sources.get(file or self.finding.file, ())
        elsewhere = f"{visible(file)}:{span.line}:{span.column}" if file else ""
        yield self._rule("├" if elsewhere else "│", elsewhere)
        if span.line <= len(lines):
            yield from self._marked(lines[span.line - 1], span, "-", visible(message))
        else:
            yield self._rule("│", visible(message))

    def _marked(self, line: str, span: Span, sign: str, words: str) -> Iterator[str]:
        marked = _mark(line, span)
        yield self._source_line(span.line, marked.text)
        style = _PAINT[self.finding.severity] if sign == "^" else _BLUE
        under = self._paint(f"{sign * marked.width} {words}".rstrip(), style)
        yield self._rule("│", " " * marked.indent + under)

    def _source_line(self, number: int, text: str) -> str:
        bar = self._paint(f"{number:>{len(self._margin)}} │", _BLUE)
        return f"{bar} {text}".rstrip()

    def _rule(self, corner: str, text: str = "") -> str:
        return f"{self._margin} {self._paint(corner, _BLUE)} {text}".rstrip()

    def _paint(self, text: str, style: str) -> str:
        return f"{style}{text}{_RESET}" if self.color and text else text
