"""The two ways of reading Graph's JSON, and the one spelling of its ids and numbers.

The fast way decodes straight into the structs of `shapes.py`. Where a body does not fit them, or is
not even JSON by the letter, the tolerant way reads it with the standard library and takes of every
object what fits, member by member: a weird member is as if it were absent, and never costs more
than itself.
"""

from __future__ import annotations

import functools
import json
import re
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from ivr.graph.shapes import (
    Envelope,
    ErrorBody,
    HiddenError,
    Notification,
    Number,
    OnlineMeeting,
    Person,
    Resource,
    Roster,
)

MAX_ENTRIES = 1000
"""Entries in one post that are read; Graph sends one, or a few."""

_T = TypeVar("_T", bound=Struct)
_MAX_DIGITS = 19
_WHOLE = re.compile(r"-?[0-9]{1,10}(?:\.0{1,6})?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HEX = re.compile(r"[0-9a-f]{32}")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAIN_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
_FALLBACKS = {"windows-1252": "cp1252", "cp1252": "cp1252", "iso-8859-1": "cp1252"}


class UnreadableError(Exception):
    """A body that is no JSON object of the expected form; the text says how, and never holds it."""


_envelopes = msgspec.json.Decoder(Envelope)
_resources = msgspec.json.Decoder(Resource)
_errors = msgspec.json.Decoder(ErrorBody)
_rosters = msgspec.json.Decoder(Roster)
_meetings = msgspec.json.Decoder(OnlineMeeting)


def read_envelope(body: bytes, charset: str = "") -> Envelope:
    """The envelope in `body`. Raises `UnreadableError`, and nothing else, whatever the bytes.

    An entry of `value` that is not an object is read as an empty notification. Of more than
    `MAX_ENTRIES` at least one more is in the list.
    """
    try:
        return _envelopes.decode(body)
    except (ValueError, RecursionError):
        return _read_envelope_slowly(body, charset)


def read_resource(body: bytes) -> Resource | None:
    """The call or operation that Graph answered with, or None when there is none to be read."""
    return _read(_resources, Resource, body)


def read_roster(body: bytes) -> list[Person] | None:
    """The participants that Graph answered with, or None when there is no list to be read."""
    found = _read(_rosters, Roster, body)
    return found.value if found else None


def read_meeting(body: bytes) -> OnlineMeeting | None:
    """The meeting that Graph answered with, or None when there is none to be read."""
    return _read(_meetings, OnlineMeeting, body)


def read_error(body: bytes) -> str:
    """The code in an error body, or "" (FACTS.md 1.4 lists the forms that occur).

    A code that is neither a number nor a plain word is not handed on: texts stay in the body.
    """
    answer = _read(_errors, ErrorBody, body)
    if answer is None or answer.error is None:
        return ""
    code = str(answer.error.code or "")
    if code in {"", "UnknownError"} and answer.error.message:
        hidden = _shape(HiddenError, _tolerant(answer.error.message))
        code = str(hidden.error_code or code) if hidden else code
    return code if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", code) else ""


def number(value: Number) -> int | None:
    """A number that may have come as a string; None for what is none, or none of Graph's."""
    if isinstance(value, str):
        value = float(value) if _WHOLE.fullmatch(value) else None
    if value is None or not -(2**31) <= value < 2**31 or value != int(value):
        return None
    return int(value)


def canonical_id(text: str) -> str:
    """The one spelling of an id that Graph spells in several, or "" when it can be none.

    32 hexadecimal digits, with or without hyphens and in whatever case, become the lower-case
    GUID with hyphens. Anything else of at most 128 letters, digits, dots, hyphens and underscores
    that begins with a letter or digit is put in lower case: so an id is always one path segment.
    """
    bare = text.replace("-", "").lower() if len(text) < 40 else ""
    if _HEX.fullmatch(bare):
        return f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}"
    lower = text.lower() if text.isascii() else ""
    return lower if _PLAIN_ID.fullmatch(lower) else ""


def guid(text: object) -> str:
    """The one spelling of a GUID, or "" for what is none."""
    found = canonical_id(text) if isinstance(text, str) else ""
    return found if _GUID.fullmatch(found) else ""


def _read(decoder: msgspec.json.Decoder[_T], kind: type[_T], body: bytes) -> _T | None:
    try:
        return decoder.decode(body)
    except (ValueError, RecursionError):
        return _shape(kind, _tolerant(_text(body, "")))


def _read_envelope_slowly(body: bytes, charset: str) -> Envelope:
    text = _text(body, charset).strip()
    if not text:
        return Envelope()
    document = _tolerant(text)
    if document is None and text != "null":
        raise UnreadableError("The body is not JSON.")
    if document not in (None, []) and not isinstance(document, dict):
        raise UnreadableError("The body is not a JSON object.")
    envelope = _shape(Envelope, document) or Envelope()
    entries = document.get("value") if isinstance(document, dict) else None
    if entries is not None and not isinstance(entries, list):
        raise UnreadableError("The member `value` is not a list.")
    envelope.value = [
        _shape(Notification, entry) or Notification()
        for entry in (entries or ())[: MAX_ENTRIES + 1]
    ]
    return envelope


def _text(body: bytes, charset: str) -> str:
    """Decode as what the bytes look like, else as they are labelled; labels are often wrong."""
    looks = json.detect_encoding(body)
    try:
        return body.decode(looks)
    except UnicodeDecodeError:
        return body.decode(_FALLBACKS.get(charset.strip("\"' ").lower(), looks), "replace")


def _tolerant(text: str) -> Any:
    """JSON as generously as can be: NaN, huge numbers, lone surrogates, raw line ends."""
    try:
        return _lenient.decode(text.strip())
    except (ValueError, RecursionError):
        return None


def _bounded_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


_lenient = json.JSONDecoder(parse_int=_bounded_int, parse_constant=lambda _name: None, strict=False)


def _shape(kind: type[_T], found: object) -> _T | None:
    """A struct of those members of `found` that fit; None when `found` is no object."""
    if not isinstance(found, dict):
        return None
    return kind(
        **{
            member.name: _fit(member.type, found[member.encode_name])
            for member in _members(kind)
            if member.encode_name in found
        }
    )


_members = functools.cache(msgspec.structs.fields)


def _fit(wanted: Any, found: object) -> Any:
    """`found` as one of the types that `wanted` names, or None."""
    if wanted is Any:
        return found
    if get_origin(wanted) in (Union, UnionType):
        fits = (_fit(choice, found) for choice in get_args(wanted))
        return next((fit for fit in fits if fit is not None), None)
    if get_origin(wanted) is list:
        (item,) = get_args(wanted)
        every = [_fit(item, one) for one in found] if isinstance(found, list) else None
        return every if every is None else [one for one in every if one is not None]
    if isinstance(wanted, type) and issubclass(wanted, Struct):
        return _shape(wanted, found)
    if wanted is str and isinstance(found, str):
        return _SURROGATE.sub("\ufffd", found)
    return found if type(found) is wanted else None
