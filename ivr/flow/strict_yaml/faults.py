"""What to say where a file uses something that no flow may use.

The wording of each mistake stands here once, whether the builder finds it in a file that is
YAML or the parser stumbles over it in one that is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ivr.flow.diagnostics import Code, Diagnostic, Related, Span
from ivr.limits import MAX_YAML_DEPTH, MAX_YAML_NODES


@dataclass(frozen=True, slots=True)
class Wording:
    """A mistake: its code, its title and what to do."""

    code: Code
    message: str
    help: str

    def at(
        self, file: str, span: Span, detail: str = "", related: tuple[Related, ...] = ()
    ) -> Diagnostic:
        """The finding of this mistake in one place."""
        return Diagnostic(self.code, self.message, file, span, detail, self.help, None, related)


QUOTE: Final = "put the whole text in quotes"

TOO_DEEP: Final = Wording(
    Code.TOO_DEEP,
    f"lists and maps stand more than {MAX_YAML_DEPTH} deep inside each other",
    "a flow needs about six levels; look for brackets that are never closed",
)
TOO_MANY: Final = Wording(
    Code.TOO_LARGE,
    f"this file holds more than {MAX_YAML_NODES:,} keys and values",
    "split it into several files",
)
EMPTY_FILE: Final = Wording(
    Code.EMPTY_FILE,
    "this file is empty",
    "begin with a line such as `flow: support_line`",
)
SEVERAL_DOCUMENTS: Final = Wording(
    Code.SEVERAL_DOCUMENTS,
    "a second document begins here, and only one is read from this file",
    "delete the line `---` and what follows it, or move that to a file of its own",
)
ALIAS: Final = Wording(
    Code.ALIAS,
    "a * at the beginning has a meaning of its own in YAML (an alias)",
    f"for the * key write `star`; if it is part of a text, {QUOTE}",
)
ANCHOR: Final = Wording(
    Code.ALIAS,
    "a & at the beginning has a meaning of its own in YAML (an anchor)",
    f"if it is part of a text, {QUOTE}",
)
TAG: Final = Wording(
    Code.TAG,
    "a ! at the beginning has a meaning of its own in YAML (a tag)",
    f"if it is part of a text, {QUOTE}",
)
BRACES: Final = Wording(
    Code.KEY_NOT_TEXT,
    "a text with {{ has to be in quotes",
    'quote it; a value is written "${name}"',
)
KEY_NOT_TEXT: Final = Wording(
    Code.KEY_NOT_TEXT,
    "a list or a map stands where a name is expected",
    f"write a name and a colon; if it is a text, {QUOTE}",
)
EMPTY_KEY: Final = Wording(
    Code.EMPTY_KEY,
    "a name is missing before the colon",
    "write the name, or delete the line; for the # key write `pound`",
)
MERGE_KEY: Final = Wording(
    Code.MERGE_KEY,
    "`<<` copies keys from elsewhere, which hides what a state does",
    "write the keys out",
)
UNSEEN_IN_KEY: Final = Wording(
    Code.UNSEEN_IN_KEY,
    "this name holds a character that cannot be seen",
    "type the name and the spaces around it again",
)
LOST_TO_COMMENT: Final = Wording(
    Code.LOST_TO_COMMENT,
    "everything from this # on is a comment, and nobody reads it",
    "for the # key write `pound`; in a text, put the whole text in quotes",
)
TAB_INDENT: Final = Wording(
    Code.TAB_INDENT,
    "this line is indented with a tab",
    "indent with spaces, two for each level",
)
STRAY_TAB: Final = Wording(
    Code.TAB_INDENT,
    "there is a tab here, where YAML takes spaces only",
    "replace it by a space",
)

_UNSEEN_IN_KEY: Final = re.compile("[\u00a0\u00ad\u200b-\u200f\u2060-\u2064\u3000]")


def duplicate_key(key: str, file: str, span: Span, first: Span) -> Diagnostic:
    """The same key twice in one map; other YAML readers silently take the last."""
    wording = Wording(
        Code.DUPLICATE_KEY,
        f"this name is given twice, on lines {first.line} and {span.line}",
        "keep one of the two, or rename one",
    )
    again = f'"{_short(key)}" again'
    return wording.at(file, span, again, (Related(first, "first given here"),))


def key_fault(key: str, is_plain: bool, file: str, span: Span) -> Diagnostic | None:
    """What is wrong with the key by itself, if anything."""
    if not key:
        return EMPTY_KEY.at(file, span)
    if is_plain and key == "<<":
        return MERGE_KEY.at(file, span)
    if not key.isascii() and (unseen := _UNSEEN_IN_KEY.search(key)):
        return UNSEEN_IN_KEY.at(file, span, f"character U+{ord(unseen.group()):04X}")
    return None


def odd_lines(lines: Sequence[str]) -> Iterator[tuple[Wording, Span]]:
    """Lines that a YAML reader takes in silence, and otherwise than their author meant.

    Whoever asks leaves out what lies inside a text, where all of this is allowed.
    """
    for number, line in enumerate(lines, 1):
        if "#" in line and (column := _lost_from(line)):
            yield LOST_TO_COMMENT, Span(number, column, number, len(line) + 1)
        if "\t" in line and (width := _tab_indent(line)):
            yield TAB_INDENT, Span(number, 1, number, width + 1)


def _lost_from(line: str) -> int:
    """The column of a # that begins a comment but was meant as the key or as text; else 0."""
    before, _, after = line.partition("#")
    ahead = before.strip()
    ends_the_line = bool(ahead) and before[-1] in " \t" and not after.strip()
    is_key = (after[:2].strip() == ":") and (ahead in ("", "-") or ahead[-1] in "{,")
    return len(before) + 1 if ends_the_line or is_key else 0


def _tab_indent(line: str) -> int:
    """How many characters of indentation hold a tab; 0 for a blank line or a comment."""
    text = line.lstrip(" \t")
    width = len(line) - len(text)
    return width if "\t" in line[:width] and text and text[0] != "#" else 0


def _short(key: str) -> str:
    return key if len(key) <= 60 else key[:59] + "…"
