"""The language's variable types in one import: declarations, values, conversion and storage."""

from __future__ import annotations

from ivr.expr.coercion import coerce
from ivr.expr.declarations import (
    CALL,
    SPOKEN,
    TYPES,
    Declaration,
    DeclarationError,
    Kind,
    TypeName,
    declare,
    environment_of,
    fits,
)
from ivr.expr.packing import Json, as_json, pack, unpack
from ivr.expr.values import Environment, Value, kind_of, plain_text, speakable

__all__ = [
    "CALL",
    "SPOKEN",
    "TYPES",
    "Declaration",
    "DeclarationError",
    "Environment",
    "Json",
    "Kind",
    "TypeName",
    "Value",
    "as_json",
    "coerce",
    "declare",
    "environment_of",
    "fits",
    "kind_of",
    "pack",
    "plain_text",
    "speakable",
    "unpack",
]
