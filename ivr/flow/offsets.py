"""From a character of a text to its place in the file, quotes and escapes minded.

Only for a text that stands on one line, as nearly all do; elsewhere the whole text is the place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ivr.flow.diagnostics import Span
from ivr.flow.document import Document

_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|.", re.DOTALL)
_DOUBLED: Final = re.compile(r"''|.", re.DOTALL)


def span_within(
    document: Document, path: Sequence[str | int], text: str, offset: int, length: int
) -> Span:
    """The place of `length` characters from `offset` of the `text` that stands at `path`."""
    whole = document.where(path)
    if whole.line != whole.end_line:
        return whole
    written = document.lines[whole.line - 1][whole.column - 1 : whole.end_column - 1]
    columns = _columns(written, text)
    if columns is None:
        return whole
    begin = columns[min(offset, len(text))]
    end = columns[min(offset + max(length, 1), len(text))]
    column = whole.column + begin
    return Span(whole.line, column, whole.line, whole.column + max(end, begin + 1))


def _columns(written: str, text: str) -> list[int] | None:
    """Where each character of the text begins in what is written, and where the last one ends."""
    quote = written[:1]
    if quote not in ("'", '"'):
        return list(range(len(text) + 1)) if written == text else None
    pieces = (_DOUBLED if quote == "'" else _ESCAPE).finditer(written, 1, len(written) - 1)
    columns = [piece.start() for piece in pieces] + [len(written) - 1]
    return columns if len(columns) == len(text) + 1 else None
