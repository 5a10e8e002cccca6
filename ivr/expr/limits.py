"""Every bound of the expression language, in one place.

There are no loops, no attributes and no calls by name, so time and memory follow from these
constants: an expression has at most `EXPRESSION_LENGTH` characters, and each step makes at most
one text of `TEXT_SIZE` bytes or one number of `NUMBER_PRECISION` digits.
"""

from __future__ import annotations

from typing import Final

EXPRESSION_LENGTH: Final = 1_000
"""Characters of one expression, the enclosing `${}` not counted."""

NESTING: Final = 32
"""Expressions inside one another: brackets, `not`, unary minus, right-hand operands."""

LIST_ITEMS: Final = 100
"""Items of a list written out in an expression."""

TEXT_SIZE: Final = 64 * 1024
"""Bytes (UTF-8) of any text: a template, what it renders to, and what `+` makes."""

VALUE_SIZE: Final = 64 * 1024
"""Bytes of one variable: the texts in it, and `VALUE_COST` for each part."""

VALUE_COST: Final = 8
"""What each item, field or plain value counts towards `VALUE_SIZE`, beside its text."""

VALUE_DEPTH: Final = 32
"""Lists and records inside one another in one variable."""

NUMBER_DIGITS: Final = 15
"""Digits before the decimal point: a number is smaller than 10 to this power."""

NUMBER_DECIMALS: Final = 6
"""Digits kept after the decimal point; further ones are rounded, half to even."""

NUMBER_PRECISION: Final = 50
"""Digits of an intermediate result: the product of two largest numbers is still exact."""
