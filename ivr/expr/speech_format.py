"""`as money`, `as date` and the others: values as words and characters that a voice reads well.

Digits come apart with spaces, so that no voice reads them as one number; dates, times and money
come in the long form of the flow's language, from Unicode's CLDR as Babel carries it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.errors import SpokenValueError
from ivr.expr.declarations import NUMERIC, TEXTUAL
from ivr.expr.values import Value, kind_of, plain_text, within_range

if TYPE_CHECKING:
    from babel import Locale

TAKES: Final[Mapping[str, frozenset[str]]] = {
    "money": NUMERIC,
    "date": frozenset({"date", "date_time"}),
    "time": frozenset({"time", "date_time"}),
    "date_time": frozenset({"date_time"}),
    "digits": frozenset({"digits", "text", "number"}),
    "number": NUMERIC | {"digits"},
    "phone": TEXTUAL,
    "spelled": TEXTUAL,
}
"""The forms after `as`, and the declared types that each can speak."""

_DIGITS: Final = re.compile(r"[0-9]+")
_PHONE: Final = re.compile(r"\+?[0-9]{3,15}")
_GROUP: Final = 3

# Where the word for `+` in a phone number is not written "plus".
_PLUS: Final = {"es": "más", "it": "più", "pt": "mais", "ja": "プラス", "zh": "加"}

# No-break spaces as plain ones, marks for the writing direction away: a voice has no use for them.
_UNSPOKEN: Final = {0x202F: " ", 0xA0: " ", 0x200E: None, 0x200F: None, 0x061C: None}


class Speaker:
    """How one flow speaks: its language (BCP 47), currency (ISO 4217) and time zone (IANA).

    Without a currency, money is in that of the language's region. Making one costs nothing; the
    language's tables are read when first needed and kept, so make one for each flow, not each call.
    """

    def __init__(
        self, language: str = "en-GB", currency: str | None = None, timezone: str = "UTC"
    ) -> None:
        self.language = language
        self._currency = currency
        self.timezone = timezone

    def __repr__(self) -> str:
        return f"Speaker({self.language!r}, {self._currency!r}, {self.timezone!r})"

    def faults(self, forms: Iterable[str] = ()) -> list[str]:
        """What this flow's `language`, `currency` and `timezone` lack to speak the forms.

        A sentence for each fault; a currency is missed only where `money` is among the forms.
        """
        found = []
        for needed in ("_locale", "_zone", *(["currency"] if self._money(forms) else [])):
            try:
                getattr(self, needed)
            except SpokenValueError as error:
                found.append(str(error))
        return list(dict.fromkeys(found))

    def say(self, value: Value, form: str) -> str:
        """The value as the form speaks it. SpokenValueError if it is empty or does not fit."""
        speak = _FORMS.get(form)
        if speak is None:
            raise SpokenValueError(f"There is no form `as {form}`.")
        if value is None:
            raise SpokenValueError(f"`as {form}` has nothing to speak: the value is empty.")
        try:
            spoken = speak(self, value)
        except (ArithmeticError, ValueError):
            spoken = None  # such as a moment that the time zone moves out of the calendar
        if spoken is None:
            raise SpokenValueError(f"`as {form}` cannot speak this {kind_of(value)}.")
        return spoken.translate(_UNSPOKEN)

    @cached_property
    def currency(self) -> str:
        """The currency's code: the one given, else the one in use in the language's region."""
        from babel.numbers import get_territory_currencies, list_currencies

        if self._currency is not None:
            if self._currency not in list_currencies():
                raise SpokenValueError(f"`{self._currency}` is not a currency such as GBP.")
            return self._currency
        region = self._locale.territory or ""
        # The last day there is, for the currencies that have no end: Babel would ask the clock.
        known = get_territory_currencies(region, start_date=date.max)
        if not known:
            raise SpokenValueError(f"`{self.language}` names no region, so give a `currency:`.")
        return str(known[0])

    @cached_property
    def _locale(self) -> Locale:
        from babel import Locale, UnknownLocaleError

        try:
            return Locale.parse(self.language, sep="-")
        except (ValueError, UnknownLocaleError):
            raise SpokenValueError(f"`{self.language}` is not a language such as en-GB.") from None

    @cached_property
    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"`{self.timezone}` is not a time zone such as Europe/London."
            raise SpokenValueError(message) from None

    def _money(self, forms: Iterable[str]) -> bool:
        return self._currency is not None or "money" in forms

    # Each form gives None for a value that it cannot speak.

    def _as_money(self, value: Value) -> str | None:
        if not isinstance(value, Decimal):
            return None
        from babel.numbers import format_currency

        return format_currency(within_range(value), self.currency, locale=self._locale)

    def _as_number(self, value: Value) -> str | None:
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = Decimal(value)
        if not isinstance(value, Decimal):
            return None
        from babel.numbers import format_decimal

        return format_decimal(within_range(value), locale=self._locale)

    def _as_date(self, value: Value) -> str | None:
        from babel.dates import format_date

        local = self._local(value)
        return format_date(local, "full", self._locale) if isinstance(local, date) else None

    def _as_time(self, value: Value) -> str | None:
        from babel.dates import format_time

        local = self._local(value)
        if not isinstance(local, (datetime, time)):
            return None
        return format_time(local, "short", locale=self._locale)

    def _as_date_time(self, value: Value) -> str | None:
        from babel.dates import get_datetime_format

        if not isinstance(value, datetime):
            return None
        joined = str(get_datetime_format("full", self._locale)).replace("'", "")
        day, hour = self._as_date(value) or "", self._as_time(value) or ""
        return joined.replace("{1}", day).replace("{0}", hour)

    def _local(self, value: Value) -> Value:
        if not isinstance(value, datetime):
            return value
        # Without an offset Python would take the machine's own time zone.
        return value.astimezone(self._zone) if value.utcoffset() is not None else None

    def _as_digits(self, value: Value) -> str | None:
        text = value if isinstance(value, (str, Decimal)) else None
        if text is None:
            return None
        digits = plain_text(text)
        return " ".join(digits) if _DIGITS.fullmatch(digits) else None

    def _as_phone(self, value: Value) -> str | None:
        if not isinstance(value, str) or not _PHONE.fullmatch(value):
            return None
        digits = value.removeprefix("+")
        spoken = ", ".join(" ".join(group) for group in _groups(digits))
        plus = _PLUS.get(self.language.partition("-")[0], "plus")
        return spoken if digits == value else f"{plus} {spoken}"

    def _as_spelled(self, value: Value) -> str | None:
        if not isinstance(value, str):
            return None
        return " ".join(_capital(letter) for letter in value if not letter.isspace())


def _groups(digits: str) -> list[str]:
    """Groups of three; what is left over goes to the last group, or is one of two."""
    groups = [digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def _capital(letter: str) -> str:
    # A small "a" is read as a word, a capital as a letter; some letters have no single capital.
    capital = letter.upper()
    return capital if len(capital) == 1 else letter


_FORMS: Final[Mapping[str, Callable[[Speaker, Value], str | None]]] = {
    "money": Speaker._as_money,
    "date": Speaker._as_date,
    "time": Speaker._as_time,
    "date_time": Speaker._as_date_time,
    "digits": Speaker._as_digits,
    "number": Speaker._as_number,
    "phone": Speaker._as_phone,
    "spelled": Speaker._as_spelled,
}
