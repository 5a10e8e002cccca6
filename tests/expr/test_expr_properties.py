"""Any text parses or says why; any expression in any call gives a value or the error exit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import SpokenValueError
from ivr.expr.expression import Expression, parse_expression
from ivr.expr.limits import TEXT_SIZE
from ivr.expr.speech_format import TAKES
from ivr.expr.template import parse_template
from ivr.expr.tokens import KEYWORDS
from ivr.expr.types import TYPES, Value, coerce, declare, pack, unpack
from ivr.expr.values import size_of
from tests.expr.sample_call import SCOPE, SPEAKER

# No deadline: the first use of a language reads its tables, on a machine that may be busy.
SOME = settings(deadline=None)
MANY = settings(deadline=None, max_examples=60)

ANY_TEXT = st.text(st.characters())  # lone surrogates included

SCALARS: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    ANY_TEXT,
    st.text("0123456789+", max_size=8),
    st.decimals(),
    st.decimals(-100, 100, places=2),
    st.integers(-3, 5).map(Decimal),
    st.dates(),
    st.times().map(lambda moment: moment.replace(fold=0)),
    st.datetimes(timezones=st.sampled_from([None, UTC])).map(lambda moment: moment.replace(fold=0)),
)
NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
CALLS = st.dictionaries(NAMES, VALUES)

SIGNS = "abcd=<>+-*/.,()[]}01"
WORDS = st.sampled_from(
    [
        *SIGNS,
        *sorted(KEYWORDS),
        "==",
        "!=",
        "<=",
        ">=",
        "'x'",
        "'2'",
        "2.5",
        "count(",
        "last(",
        "luhn(",
        "${",
    ]
)
ALMOST_EXPRESSIONS = st.lists(WORDS, max_size=30).map(" ".join)


def _bracketed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(
        ["+", "-", "*", "/", "=", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
    )
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda parts: "({} {} {})".format(*parts)),
        st.tuples(st.sampled_from(["-", "not "]), inner).map(
            lambda parts: f"({parts[0]}{parts[1]})"
        ),
        st.tuples(inner, st.sampled_from([" is empty", " is not empty", ".a", "[1]"])).map(
            lambda parts: f"({parts[0]}{parts[1]})"
        ),
        st.tuples(inner, inner).map(lambda parts: "{}[{}]".format(*parts)),
        st.tuples(st.sampled_from(["first", "last"]), inner, inner).map(
            lambda parts: "{}({}, {})".format(*parts)
        ),
        st.tuples(st.sampled_from(["count", "luhn"]), inner).map(
            lambda parts: "{}({})".format(*parts)
        ),
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    )


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "c", "d", "1", "0", "2.5", "'x'", "'2'", "yes", "no"]),
    _bracketed,
    max_leaves=8,
)


def outcome(expression: Expression, call: Mapping[str, Value]) -> str:
    try:
        expression.evaluate(call)
    except SpokenValueError:
        return "error exit"
    return "value"


@SOME
@given(ANY_TEXT | ALMOST_EXPRESSIONS)
def test_any_text_parses_or_says_why(source: str) -> None:
    expression = parse_expression(source)
    if expression.error is not None:
        assert 0 <= expression.error.offset <= len(source)
        assert expression.error.message
    assert all(0 <= fault.offset <= len(source) for fault in expression.check(SCOPE))
    assert outcome(expression, {}) in ("value", "error exit")


@MANY
@given(EXPRESSIONS, CALLS)
def test_a_parsed_expression_gives_a_value_or_the_error_exit(
    source: str, call: Mapping[str, Value]
) -> None:
    expression = parse_expression(source)
    assert expression.error is None
    assert outcome(expression, call) in ("value", "error exit")


@MANY
@given(EXPRESSIONS, st.dictionaries(NAMES, st.sampled_from(TYPES), min_size=4))
def test_what_passes_the_check_with_plain_types_is_of_the_type_it_told(
    source: str, kinds: Mapping[str, str]
) -> None:
    samples: dict[str, object] = {
        "text": "x",
        "digits": "2",
        "phone": "+442079460123",
        "number": 2,
        "money": "2.5",
        "date": "2026-11-24",
        "time": "09:30",
        "date_time": "2026-11-24T09:30:00Z",
        "yes_no": True,
        "list": ["x"],
        "record": {"a": "x"},
        "recording": {"url": "x", "seconds": 2, "ended_by": "key"},
    }
    scope = {name: declare(kind) for name, kind in kinds.items()}
    call = {name: coerce(samples[kind], scope[name]) for name, kind in kinds.items()}
    expression = parse_expression(source)
    if expression.check(scope):
        return
    told = expression.type(scope)
    try:
        value = expression.evaluate(call)
    except SpokenValueError:
        return
    if told.type != "unknown" and value not in (None, ""):
        assert coerce(value, told) == value


@SOME
@given(ANY_TEXT | st.lists(WORDS, max_size=12).map("".join), CALLS)
def test_any_template_renders_or_takes_the_error_exit(text: str, call: Mapping[str, Value]) -> None:
    template = parse_template(text)
    template.check(SCOPE)
    for give in (template.evaluate, template.render, template.render_url, template.render_header):
        try:
            value = give(call, SPEAKER)
        except SpokenValueError:
            continue
        assert not isinstance(value, str) or size_of(value) <= TEXT_SIZE


@SOME
@given(ANY_TEXT.filter(lambda text: "${" not in text))
def test_a_text_without_inserts_is_itself(text: str) -> None:
    assert parse_template(text).render({}, SPEAKER) == text


@SOME
@given(ANY_TEXT)
def test_an_inserted_text_never_leaves_its_place_in_a_url(text: str) -> None:
    try:
        url = parse_template("https://h.example/a/${x}/b?c=${x}").render_url({"x": text})
    except SpokenValueError:
        return
    assert url.startswith("https://h.example/a/")
    assert (url.count("/"), url.count("?"), url.count("="), url.count("&")) == (5, 1, 1, 0)
    assert url.isascii()
    assert url.isprintable()


@MANY
@given(st.sampled_from(sorted(TAKES)), VALUES)
def test_any_value_is_spoken_or_takes_the_error_exit(form: str, value: Value) -> None:
    try:
        spoken = SPEAKER.say(value, form)
    except SpokenValueError:
        return
    assert len(spoken) < TEXT_SIZE


@SOME
@given(VALUES.filter(lambda value: "NaN" not in repr(value)))
def test_every_value_survives_storage(value: Value) -> None:
    again = unpack(json.loads(json.dumps(pack(value))))
    assert repr(again) == repr(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=10,
)


@MANY
@given(JSON, st.sampled_from(TYPES))
def test_any_answer_fits_or_is_refused(raw: object, kind: str) -> None:
    try:
        value = coerce(raw, declare(kind))
    except SpokenValueError:
        return
    assert coerce(value, declare(kind)) == value
    assert repr(unpack(pack(value))) == repr(value)
