"""The types of the flow language, as an author declares them under `input:` and `vars:`.

`{ type: list, fields: { id: text, at: date_time } }` is a list of records; a field is a type name
or a declaration of its own. `empty` and `unknown` are what the checker knows of an expression;
nobody declares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, TypeGuard, get_args

from ivr.errors import IvrError

TypeName: TypeAlias = Literal[
    "text",
    "digits",
    "number",
    "money",
    "date",
    "time",
    "date_time",
    "phone",
    "yes_no",
    "list",
    "record",
    "recording",
]
Kind: TypeAlias = TypeName | Literal["empty", "unknown"]

TYPES: Final[tuple[TypeName, ...]] = get_args(TypeName)
TEXTUAL: Final = frozenset({"text", "digits", "phone"})
NUMERIC: Final = frozenset({"number", "money"})

SPOKEN: Final[Mapping[str, str]] = {
    "text": "a text",
    "digits": "digits",
    "number": "a number",
    "money": "an amount of money",
    "date": "a date",
    "time": "a time",
    "date_time": "a date_time",
    "phone": "a phone number",
    "yes_no": "a yes or no",
    "list": "a list",
    "record": "a record",
    "recording": "a recording",
    "empty": "empty",
    "unknown": "a value of unknown type",
}
"""Each type as it reads in a sentence."""

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class DeclarationError(IvrError):
    """A variable's declaration is wrong.

    `path` leads to the wrong key inside the declaration, as in `("fields", "at", "type")`;
    `name` is what was written and `candidates` what might have been meant.
    """

    def __init__(
        self,
        message: str,
        path: tuple[str, ...] = (),
        name: str = "",
        candidates: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.path = path
        self.name = name
        self.candidates = candidates


@dataclass(frozen=True, slots=True)
class Declaration:
    """One variable's type.

    `fields` of a record are None when any field may come; `item` of a list likewise. `start` is
    the raw value that the author wrote, to be passed through `coerce`.
    """

    type: Kind
    secret: bool = False
    fields: Mapping[str, Declaration] | None = None
    item: Declaration | None = None
    start: object = field(default=None, repr=False)

    @property
    def holds_secret(self) -> bool:
        """Whether the value, or anything inside it, is secret."""
        inner = list(self.fields.values()) if self.fields else []
        if self.item is not None:
            inner.append(self.item)
        return self.secret or any(each.holds_secret for each in inner)


UNKNOWN: Final = Declaration("unknown")
TEXT: Final = Declaration("text")
DIGITS: Final = Declaration("digits")
NUMBER: Final = Declaration("number")
MONEY: Final = Declaration("money")
YES_NO: Final = Declaration("yes_no")

RECORDING_FIELDS: Final[Mapping[str, Declaration]] = {
    "url": TEXT,
    "seconds": NUMBER,
    "ended_by": TEXT,
}

CALL: Final = Declaration(
    "record",
    fields={
        "id": TEXT,
        "from": TEXT,
        "to": TEXT,
        "from_kind": TEXT,
        "from_name": TEXT,
        "started_at": Declaration("date_time"),
        "language": TEXT,
    },
)
"""What `call.*` gives. `from` is a text: E.164 for a phone, else the object id."""


def environment_of(names: Iterable[str]) -> Declaration:
    """What `env.*` gives: a text under each of the names."""
    return Declaration("record", fields=dict.fromkeys(names, TEXT))


def declare(raw: object, path: tuple[str, ...] = ()) -> Declaration:
    """Build a declaration from YAML: a type name, or a mapping with `type` and what belongs to it.

    Raises DeclarationError, whose `path` starts with the given one.
    """
    if not isinstance(raw, Mapping):
        return Declaration(_type_name(raw, path), fields=_own_fields(raw))
    kind = _type_name(raw.get("type"), (*path, "type"))
    fields = _fields(raw.get("fields"), (*path, "fields"))
    secret, start = _secret(raw.get("secret"), (*path, "secret")), raw.get("start")
    if kind == "list":
        item = _item(raw, fields, path)
        return Declaration(kind, secret, item=item, start=start)
    if kind != "record" and fields is not None:
        message = f"Only a list or a record has fields, not {SPOKEN[kind]}."
        raise DeclarationError(message, (*path, "fields"))
    if fields is None:
        fields = _own_fields(kind)
    return Declaration(kind, secret, fields, start=start)


def fits(actual: Declaration, wanted: Declaration) -> bool:
    """Whether a value of the one type can be stored in a variable of the other.

    False only when it can never work; digits in a number variable may, `coerce` decides.
    """
    if "unknown" in (actual.type, wanted.type) or actual.type in ("empty", wanted.type):
        return True
    return wanted.type in _BECOMES.get(actual.type, frozenset())


_BECOMES: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset(TYPES) - {"list", "record", "recording"},
    "digits": frozenset({"text", "number", "money"}),
    "phone": frozenset({"text"}),
    "number": frozenset({"money", "text", "digits"}),
    "money": frozenset({"number", "text", "digits"}),
    "record": frozenset({"recording"}),
    "recording": frozenset({"record"}),
}


def _type_name(raw: object, path: tuple[str, ...]) -> TypeName:
    if _is_type(raw):
        return raw
    known = " ".join(TYPES)
    if not isinstance(raw, str):
        raise DeclarationError(f"A type is needed here, one of: {known}.", path)
    message = f"`{raw}` is not a type; use one of: {known}."
    raise DeclarationError(message, path, raw, TYPES)


def _is_type(raw: object) -> TypeGuard[TypeName]:
    return isinstance(raw, str) and raw in TYPES


def _secret(raw: object, path: tuple[str, ...]) -> bool:
    # Nothing is taken for "no" that might have been meant as "yes".
    if raw is None or raw is False or raw == "no":
        return False
    if raw is True or raw == "yes":
        return True
    raise DeclarationError("`secret` is true or false.", path)


def _own_fields(kind: object) -> Mapping[str, Declaration] | None:
    return RECORDING_FIELDS if kind == "recording" else None


def _item(
    raw: Mapping[str, object], fields: Mapping[str, Declaration] | None, path: tuple[str, ...]
) -> Declaration | None:
    if fields is not None:
        return Declaration("record", fields=fields)
    return declare(raw["item"], (*path, "item")) if "item" in raw else None


def _fields(raw: object, path: tuple[str, ...]) -> Mapping[str, Declaration] | None:
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        raise DeclarationError("Fields are written as names with their types.", path)
    return {
        _field_name(name, path): declare(kind, (*path, str(name))) for name, kind in raw.items()
    }


def _field_name(name: object, path: tuple[str, ...]) -> str:
    if isinstance(name, str) and NAME.fullmatch(name):
        return name
    raise DeclarationError("A field's name has only letters, digits and _.", (*path, str(name)))
