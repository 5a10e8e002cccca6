"""The mistakes that make a text not YAML, and how each is recognised where the parser stopped.

The parser says what it expected, which helps nobody who does not know its grammar. The first
mistake of this table that fits is what the author is told. The tests fit the wording of both
parsers of PyYAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ivr.flow.diagnostics import Code
from ivr.flow.strict_yaml import faults
from ivr.flow.strict_yaml.faults import QUOTE, Wording
from ivr.flow.strict_yaml.stop import Stop


@dataclass(frozen=True, slots=True)
class Mistake:
    """How a mistake is recognised, and whether it is shown where the thing began."""

    fits: Callable[[Stop], object]
    wording: Wording
    from_beginning: bool = False


def _syntax(message: str, help: str) -> Wording:  # noqa: A002 - the word that users read
    return Wording(Code.SYNTAX, message, help)


# YAML 1.2.2, section 7.4.2: a key without a `?` is found within this many characters.
_LONGEST_KEY: Final = 1024
_NO_BREAK_SPACE: Final = re.compile("^[ -]*\u00a0|:\u00a0")
_NO_SPACE: Final = re.compile(r"""\s*(?:- +)?[\w"']+:[^\s:/]""")
_AFTER_QUOTED: Final = re.compile(r"""["'\]}]\s*$""")


def _is_tab(stop: Stop) -> bool:
    return stop.rest[:1] == "\t" or "tab character" in stop.problem


def _has_no_break_space(stop: Stop) -> bool:
    return any(map(_NO_BREAK_SPACE.search, (stop.line, stop.line_above, stop.first_line)))


def _is_second_value(stop: Stop) -> bool:
    return "mapping values are not allowed" in stop.problem


def _has_no_colon(stop: Stop) -> bool:
    return "could not find expected ':'" in stop.problem


def _is_left_open(stop: Stop) -> bool:
    """Whether the file ends, or a line follows that belongs outside the brackets."""
    deeper = _indent(stop.line) > _indent(stop.first_line)
    return stop.in_brackets and (stop.at_end or (stop.at[0] > stop.began[0] and not deeper))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


MISTAKES: Final = (
    Mistake(lambda stop: _is_tab(stop) and not stop.before.strip(), faults.TAB_INDENT),
    Mistake(_is_tab, faults.STRAY_TAB),
    Mistake(
        _has_no_break_space,
        _syntax(
            "there is a no-break space here, which YAML does not take for a space",
            "type the spaces again; text copied from other programs brings them along",
        ),
    ),
    Mistake(lambda stop: stop.context.endswith("an alias"), faults.ALIAS, from_beginning=True),
    Mistake(lambda stop: stop.context.endswith("an anchor"), faults.ANCHOR, from_beginning=True),
    Mistake(lambda stop: stop.context.endswith("a tag"), faults.TAG, from_beginning=True),
    Mistake(
        lambda stop: "cannot start any token" in stop.problem,
        _syntax("a text cannot begin with this character", QUOTE),
    ),
    Mistake(
        lambda stop: "quoted scalar" in stop.context and "hex" in stop.problem,
        _syntax(
            "a \\x, \\u or \\U in double quotes needs its 2, 4 or 8 digits",
            "write \\\\ for a backslash, or use single quotes",
        ),
    ),
    Mistake(
        lambda stop: "quoted scalar" in stop.context and "escape" in stop.problem,
        _syntax(
            "a \\ in double quotes begins a special character, and this is none",
            "write \\\\ for a backslash, or use single quotes",
        ),
    ),
    Mistake(
        lambda stop: "quoted scalar" in stop.context,
        _syntax(
            "this quotation mark is never closed",
            "close it at the end of the text; in single quotes an apostrophe is written twice ('')",
        ),
        from_beginning=True,
    ),
    Mistake(
        lambda stop: stop.before.endswith("$") and stop.rest.startswith("{"),
        _syntax(
            "between { } or [ ], a text with ${ has to be in quotes",
            'quote it, for instance "${name}"',
        ),
    ),
    Mistake(
        lambda stop: "found unexpected ':'" in stop.problem,
        _syntax(
            "there is no space after this colon",
            f"write `name: value`, with a space in between; if it is part of a text, {QUOTE}",
        ),
    ),
    Mistake(
        _is_left_open,
        _syntax(
            "this bracket is never closed",
            "close it; the items between brackets are separated by commas",
        ),
        from_beginning=True,
    ),
    Mistake(
        lambda stop: stop.in_brackets,
        _syntax(
            "a comma or a closing bracket is missing before this",
            f"if it is part of a text that holds , : [ ] {{ }} then {QUOTE}",
        ),
    ),
    Mistake(
        lambda stop: _is_second_value(stop) and _NO_SPACE.match(stop.line_above),
        _syntax(
            "the line above this one has no space after its colon",
            "write `name: value`, with a space after the colon",
        ),
    ),
    Mistake(
        lambda stop: _is_second_value(stop) and ":" in stop.before,
        _syntax("a text that holds a colon and a space has to be in quotes", QUOTE),
    ),
    Mistake(
        lambda stop: _is_second_value(stop) and stop.at[1] > _LONGEST_KEY,
        _syntax(f"a name cannot be longer than {_LONGEST_KEY} characters", "shorten it"),
    ),
    Mistake(
        _is_second_value,
        _syntax(
            "this line is indented deeper than the one it belongs with",
            "line it up with the names beside it, or write the missing colon in the line above",
        ),
    ),
    Mistake(
        lambda stop: "sequence entries are not allowed" in stop.problem,
        _syntax(
            "a list cannot begin here",
            "begin the list on a line of its own, or put the text in quotes",
        ),
    ),
    Mistake(
        lambda stop: _has_no_colon(stop) and stop.first_line[stop.began[1] :].startswith("-"),
        _syntax("there is no space after this dash", "write `- item`, with a space in between"),
        from_beginning=True,
    ),
    Mistake(
        _has_no_colon,
        _syntax(
            "this line has no colon",
            "write `name: value`; indent a text that goes on from the line above",
        ),
        from_beginning=True,
    ),
    Mistake(
        lambda stop: "a block scalar" in stop.context,
        _syntax("a text cannot begin with | or >", QUOTE),
        from_beginning=True,
    ),
    Mistake(lambda stop: stop.in_block and stop.rest[:1] == ":", faults.EMPTY_KEY),
    Mistake(
        lambda stop: stop.in_block and stop.rest[:1] in ("]", "}", ","),
        _syntax("this bracket or comma closes nothing", f"delete it, or {QUOTE}"),
    ),
    Mistake(
        lambda stop: stop.in_block and _AFTER_QUOTED.search(stop.before),
        _syntax(
            "the text goes on after its closing quote or bracket",
            f"{QUOTE}; in single quotes an apostrophe is written twice ('')",
        ),
    ),
    Mistake(
        lambda stop: stop.in_block and stop.rest.startswith("- "),
        _syntax(
            "a list item stands where a name is expected",
            "begin it in the same column as the items beside it, deeper than the list's name",
        ),
    ),
    Mistake(
        lambda stop: stop.in_block and not stop.before.strip(),
        _syntax(
            "this line does not line up with the ones above it",
            "begin it in the same column as the names beside it",
        ),
    ),
    Mistake(
        lambda stop: "document start" in stop.problem,
        _syntax(
            "this stands after the end of the document",
            "delete what follows, or begin a document with a line `---`",
        ),
    ),
)
UNKNOWN: Final = Mistake(
    lambda _: True,
    _syntax(
        "this is not valid YAML",
        "look for a missing quote, bracket, colon or space here or in the line above",
    ),
)
