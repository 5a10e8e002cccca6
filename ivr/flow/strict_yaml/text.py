"""The text of a YAML file: decoded, split into lines, and free of what nobody can see.

Everything that is refused here would otherwise be read differently by an editor and by the
parser: other encodings, control characters, line breaks that only YAML 1.1 knows, and the
characters that make a line show in another order than it is read (Unicode TR 36, "Trojan
Source").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ivr.flow.diagnostics import Code, Diagnostic, FlowError, Span
from ivr.limits import MAX_YAML_BYTES

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""What no text of a flow may hold: controls, foreign line breaks, bidirectional overrides."""

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_DIRECTIVE = re.compile(r"(?:^|(?<=[\r\n]))%(?!YAML 1\.2[ \t]*(?:#.*)?(?:[\r\n]|$))[^\r\n]*")
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_START = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name, its whole text, and the same text as lines without their ends."""

    file: str
    text: str
    lines: Sequence[str]

    def span_of(self, start: int, end: int) -> Span:
        """The place of the characters `start` to `end` of the text, which are in one line."""
        before = _LINE_BREAK.split(self.text[:start])
        line, column = len(before), len(before[-1]) + 1
        return Span(line, column, line, column + end - start)

    def refusal(self, *diagnostics: Diagnostic) -> FlowError:
        """The error that says these diagnostics, in the order of the file."""
        in_order = sorted(diagnostics, key=lambda one: one.span)
        return FlowError(in_order, {self.file: self.lines})


def read_source(text: str | bytes, file: str) -> Source:
    """Decode and check the text of `file`; raises `FlowError` with exactly one diagnostic."""
    _check_size(text, file)
    decoded = _decoded(text, file) if isinstance(text, bytes) else text
    source = Source(file, decoded, _LINE_BREAK.split(decoded))
    _check_characters(source)
    _check_directives(source)
    return source


def _check_size(text: str | bytes, file: str) -> None:
    size = len(text)
    if isinstance(text, str) and MAX_YAML_BYTES / 4 < size <= MAX_YAML_BYTES:
        size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_YAML_BYTES:
        finding = Diagnostic(
            Code.TOO_LARGE,
            f"this file is larger than {MAX_YAML_BYTES // 1_000_000} MB",
            file,
            _START,
            help="split it into several files",
        )
        raise FlowError([finding])


def _decoded(raw: bytes, file: str) -> str:
    if raw.startswith(_BYTE_ORDER_MARKS) or b"\0" in raw[:4]:
        finding = Diagnostic(
            Code.NOT_UTF8,
            "this file is saved as UTF-16 or UTF-32",
            file,
            _START,
            help="save it again as UTF-8",
        )
        raise FlowError([finding])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise FlowError([_not_utf8(raw, wrong.start, file)]) from None


def _not_utf8(raw: bytes, at: int, file: str) -> Diagnostic:
    """The first wrong byte, placed as an editor that guesses one byte a character shows it."""
    before = _LINE_BREAK.split(raw[:at].decode("utf-8"))
    line, column = len(before), len(before[-1]) + 1
    return Diagnostic(
        Code.NOT_UTF8,
        "this file is not saved as UTF-8",
        file,
        Span(line, column, line, column + 1),
        detail=f"byte 0x{raw[at]:02X} is no UTF-8 here",
        help="save it again as UTF-8",
    )


def _check_characters(source: Source) -> None:
    found = UNSEEN.search(source.text)
    if found is None:
        return
    span = source.span_of(found.start(), found.end())
    if found.group() == "\ufeff" and found.start() == 0:
        finding = Diagnostic(
            Code.NOT_UTF8,
            "this file begins with a byte order mark",
            source.file,
            span,
            help='save it again as "UTF-8", not as "UTF-8 with BOM"',
        )
    else:
        finding = unseen_character(found.group(), source.file, span)
    raise source.refusal(finding)


def unseen_character(character: str, file: str, span: Span) -> Diagnostic:
    """What to say of a character that cannot be seen."""
    return Diagnostic(
        Code.CONTROL_CHARACTER,
        "there is a character here that cannot be seen",
        file,
        span,
        detail=f"character U+{ord(character):04X}",
        help="delete it; it often comes along when text is copied from another program",
    )


def _check_directives(source: Source) -> None:
    """Refuse `%TAG` and the like before the C parser, which takes minutes over many of them."""
    found = _DIRECTIVE.search(source.text)
    if found is None:
        return
    raise source.refusal(
        Diagnostic(
            Code.DIRECTIVE,
            "a line that begins with % is an instruction to a YAML reader",
            source.file,
            source.span_of(found.start(), found.end()),
            help="delete the line; if it is part of a text, indent it",
        )
    )
