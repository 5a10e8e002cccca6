"""The inputs of a flow, checked before anything is committed. A value is never repeated."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.errors import SpokenValueError
from ivr.expr.types import Declaration, Value, coerce
from ivr.flow.diagnostics import did_you_mean
from ivr.server.api.desk import Offer
from ivr.server.api.problems import Problem
from ivr.server.masking import masked


def values_of(offer: Offer, given: Mapping[str, object]) -> dict[str, Value]:
    """The values in their declared types. Raises `Problem`, which names the input."""
    for name in given:
        if name not in offer.inputs:
            raise _wrong(f"`{_shown(name)}` is not an input of {offer.name}{_hint(offer, name)}")
    values = {name: _value(name, each, offer.inputs[name]) for name, each in given.items()}
    for name, declaration in offer.inputs.items():
        if needed(declaration) and values.get(name) is None:
            raise _wrong(f"Input `{name}` is missing: {offer.name} cannot begin without it.")
    return {name: value for name, value in values.items() if value is not None}


def needed(declaration: Declaration) -> bool:
    """Whether a value has to be given, because the flow has none of its own."""
    return declaration.start is None


def _value(name: str, raw: object, declaration: Declaration) -> Value:
    try:
        return coerce(raw, declaration)
    except SpokenValueError as error:
        sentence = str(error)
        raise _wrong(f"Input `{name}`: {sentence[:1].lower()}{sentence[1:]}") from None


def _hint(offer: Offer, name: str) -> str:
    meant = did_you_mean(name, offer.inputs)
    known = ", ".join(offer.inputs) or "none"
    return f": did you mean `{meant}`?" if meant else f", which has: {known}."


def _shown(name: str) -> str:
    """A name from outside: a file without its header gives a caller's number for one."""
    return masked("".join(letter if letter.isprintable() else "?" for letter in name[:64]))


def _wrong(sentence: str) -> Problem:
    return Problem(400, "wrong_input", sentence)
