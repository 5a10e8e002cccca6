"""What a YAML file may hold, and what an unquoted word in it means.

Stricter than YAML 1.2, because call scripts are full of text that looks like a number: a
phone number with its plus, a PIN with its leading zero, a time of day. Only what survives
being written back unchanged is a number; `yes`, `012`, `+4420`, `12:30`, dates, `.inf` and
`1e400` stay text.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

YamlValue: TypeAlias = "bool | int | float | str | list[YamlValue] | dict[str, YamlValue] | None"
"""Keys are always text."""

_WORDS: Final[dict[str, bool | None]] = {"": None, "null": None, "true": True, "false": False}
_NUMBER_BEGINS: Final = frozenset("-0123456789")
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_FRACTION: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")


def plain_value(word: str) -> YamlValue:
    """The value of an unquoted word: nothing, true, false, a number, or the text itself."""
    if word in _WORDS:
        return _WORDS[word]
    if word[0] in _NUMBER_BEGINS:
        if _INTEGER.fullmatch(word):
            return int(word)
        if _FRACTION.fullmatch(word):
            return float(word)
    return word
