"""What a telephone number is: whether it exists, what it is likely to cost, where it leads.

The facts are those of the national numbering plans (ITU-T E.164 and its supplements) as
`phonenumbers` has them. Its tables are large, so they are read when the first number is judged.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_NOT_GEOGRAPHIC = "001"
_UNIVERSAL_FREEPHONE = 800
_NORTH_AMERICA = 1
_MAIN_REGIONS = frozenset({"US", "CA"})

Kind = Literal["ordinary", "costly", "emergency", "none"]
"""`none` is no number at all, or one that nobody can have."""


class Number(NamedTuple):
    """A number that was looked up; `country` is its country code, 0 where there is none.

    `shares_code` is true where others than the country's usual owner have the number, at prices of
    their own: the islands behind +1.
    """

    kind: Kind
    country: int = 0
    shares_code: bool = False


NOBODY = Number("none")


def look_up(text: str) -> Number:
    """What `text` is. Only the one canonical spelling of a number is one: `+442079460123`."""
    if _E164.fullmatch(text) is None:
        return NOBODY
    import phonenumbers as plans
    from phonenumbers import shortnumberinfo

    try:
        parsed = plans.parse(text)
    except plans.NumberParseException:
        return NOBODY
    country = parsed.country_code or 0
    national = plans.national_significant_number(parsed)
    regions = plans.region_codes_for_country_code(country)
    if any(shortnumberinfo.is_emergency_number(national, region) for region in regions):
        return Number("emergency", country)
    is_canonical = plans.format_number(parsed, plans.PhoneNumberFormat.E164) == text
    if not (is_canonical and plans.is_valid_number(parsed)):
        return Number("none", country)
    region = plans.region_code_for_number(parsed)
    shares_code = country == _NORTH_AMERICA and region not in _MAIN_REGIONS
    kind: Kind = "costly" if _is_costly(plans.number_type(parsed), region, country) else "ordinary"
    return Number(kind, country, shares_code)


def _is_costly(kind: int, region: str | None, country: int) -> bool:
    """Whatever is not known to be charged as usual: satellites and their kin included."""
    from phonenumbers import PhoneNumberType as Kinds

    if region == _NOT_GEOGRAPHIC:
        return country != _UNIVERSAL_FREEPHONE
    return kind not in {
        Kinds.FIXED_LINE, Kinds.MOBILE, Kinds.FIXED_LINE_OR_MOBILE,
        Kinds.TOLL_FREE, Kinds.VOIP, Kinds.UAN,
    }  # fmt: skip
