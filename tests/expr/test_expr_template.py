"""Texts with `${...}`: prompts, values of a `set`, URLs and headers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from ivr.errors import SpokenValueError
from ivr.expr.limits import TEXT_SIZE
from ivr.expr.template import parse_template
from ivr.expr.types import Value, declare
from tests.expr.sample_call import ENV, SCOPE, SPEAKER


@pytest.mark.parametrize(
    ("source", "spoken"),
    [
        ("Hello.", "Hello."),
        ("", ""),
        ("It costs $5 or $ {x} or $$.", "It costs $5 or $ {x} or $$."),
        ("Hello ${name}!", "Hello Ada!"),
        ("$${name}", "$Ada"),
        ("${name}${name}", "AdaAda"),
        ("Tries: ${pin_tries + 1}.", "Tries: 3."),
        ("Fee: ${fee}.", "Fee: 1.5."),
        ("Fee: ${fee * 2}.", "Fee: 3."),
        ("Fee: ${0 * -1}, ${1000000}.", "Fee: 0, 1000000."),
        ("Nothing: ${unset}.", "Nothing: ."),
        ("Locked: ${account.locked}.", "Locked: no."),
        ("Updated ${account.updated}, opens ${opens}.", "Updated 2026-11-23, opens 09:00:00."),
        ("${'}'} and ${\"it's\"}", "} and it's"),
        ("You owe ${-account.balance as money}.", "You owe £12.50."),
        ("Key ${ pick as digits } it is", "Key 2 it is"),
        ("On ${slots[pick].at as date}.", "On Tuesday, 24 November 2026."),
    ],
)
def test_render(source: str, spoken: str) -> None:
    template = parse_template(source)
    assert template.errors == ()
    assert template.render(ENV, SPEAKER) == spoken


@pytest.mark.parametrize(
    ("source", "offset", "words"),
    [
        ("Hello ${name", 6, "no closing"),
        ("Hello ${it's}", 6, "no closing"),
        ("Hello ${}", 8, "nothing"),
        ("Hello ${ && }", 9, "write `and`"),
        ("Hello ${name as}", 15, "comes a form"),
        ("Hello ${name as shouted}", 16, "as shouted"),
        ("Hello ${name as digits as money}", 23, "`as`"),
        ("Hello ${name, fee}", 12, "not expected"),
        ("x" * (TEXT_SIZE + 1), 0, "kB"),
    ],
)
def test_does_not_parse(source: str, offset: int, words: str) -> None:
    template = parse_template(source)
    assert template.error is not None
    assert words in template.error.message
    assert template.error.offset == offset
    assert template.check(SCOPE) == [template.error]
    assert not template.is_fixed
    for give in (template.render, template.evaluate, template.render_url, template.render_header):
        with pytest.raises(SpokenValueError):
            give(ENV, SPEAKER)


def test_every_mistake_in_a_text_is_told() -> None:
    template = parse_template("${a b} and ${c d} and ${e as loud}")
    assert [error.offset for error in template.errors] == [4, 15, 29]
    assert "money" in template.errors[2].candidates


def test_check_points_into_the_text() -> None:
    [fault] = parse_template("Hello ${nam}, how are you?").check(SCOPE)
    assert (fault.offset, fault.length, fault.name) == (8, 3, "nam")


@pytest.mark.parametrize(
    "source",
    [
        "${name as money}",
        "${fee as date}",
        "${account.updated as time}",
        "${account.locked as number}",
        "${slots as spelled}",
        "It is ${slots}",
        "It is ${account}",
        "It is ${voicemail}",
    ],
)
def test_what_cannot_be_spoken(source: str) -> None:
    [fault] = parse_template(source).check(SCOPE)
    assert fault.offset == source.index("${")


def test_a_list_alone_is_a_value_but_not_a_text() -> None:
    template = parse_template("${slots}")
    assert template.check(SCOPE) == []
    assert len(template.check(SCOPE, as_text=True)) == 1
    with pytest.raises(SpokenValueError):
        template.render(ENV, SPEAKER)


def test_a_single_insert_keeps_its_type() -> None:
    assert parse_template("${pin_tries + 1}").evaluate(ENV) == Decimal(3)
    assert parse_template("${slots}").evaluate(ENV) == ENV["slots"]
    assert parse_template("${unset}").evaluate(ENV) is None
    assert parse_template("${pin_tries} ").evaluate(ENV) == "2 "
    assert parse_template("${fee as money}").evaluate(ENV, SPEAKER) == "£1.50"
    assert parse_template("plain").evaluate(ENV) == "plain"


def test_single_and_fixed() -> None:
    assert parse_template("${name}").single is not None
    assert parse_template("${name as spelled}").single is None
    assert parse_template(" ${name}").single is None
    assert parse_template("plain").is_fixed
    assert not parse_template("${name}").is_fixed


def test_type_and_secret() -> None:
    assert parse_template("${fee}").type(SCOPE).type == "money"
    assert parse_template("x ${fee}").type(SCOPE).type == "text"
    assert parse_template("${pin}").type(SCOPE).secret
    assert parse_template("Your PIN is ${pin as digits}").type(SCOPE).secret
    assert parse_template("Your PIN is ${pin as digits}").is_secret(SCOPE)
    assert not parse_template("Hello ${name}").is_secret(SCOPE)


def test_names_and_forms() -> None:
    template = parse_template("${fee as money} ${account.balance as money} ${env.api_url} ${fee}")
    assert template.names == (("fee",), ("account", "balance"), ("env", "api_url"))
    assert template.forms == {"money"}


def test_empty_takes_the_error_exit_after_as() -> None:
    with pytest.raises(SpokenValueError, match="empty"):
        parse_template("On ${unset as date}").render(ENV, SPEAKER)


def test_rendered_text_is_not_read_again() -> None:
    caller: Mapping[str, Value] = {"name": "${pin} {{pin}} {pin}", "pin": "1234"}
    assert parse_template("Hi ${name}").render(caller, SPEAKER) == "Hi ${pin} {{pin}} {pin}"


def test_controls_in_inserts_become_spaces_for_a_voice() -> None:
    caller: Mapping[str, Value] = {"name": "A\r\nB\u202eC\x00D\ud800E 👩‍👩‍👧"}
    assert parse_template("Hi\n${name}").render(caller, SPEAKER) == "Hi\nA B C D E 👩‍👩‍👧"
    assert parse_template("${name}!").evaluate(caller) == "A\r\nB\u202eC\x00D\ud800E 👩‍👩‍👧!"


def test_a_text_has_at_most_64_kb() -> None:
    caller: Mapping[str, Value] = {"half": "x" * (TEXT_SIZE // 2), "wide": "é" * (TEXT_SIZE // 4)}
    whole = parse_template("${half}${half}").evaluate(caller)
    assert isinstance(whole, str)
    assert len(whole) == TEXT_SIZE
    for source in ("${half}${half}.", "${half}${wide}.", "${half + half + 'x'}"):
        with pytest.raises(SpokenValueError, match="64 kB"):
            parse_template(source).evaluate(caller)


def url(source: str, **variables: Value) -> str:
    return parse_template(source).render_url({**ENV, **variables})


def test_url_inserts_are_encoded_but_not_the_leading_environment() -> None:
    assert url("${env.api_url}/a") == "https://api.example/v1/a"
    assert url("${env.api_url}/${x}?q=${x}", x="a/b?c&d=é *#") == (
        "https://api.example/v1/a%2Fb%3Fc%26d%3D%C3%A9%20%2A%23?q=a%2Fb%3Fc%26d%3D%C3%A9%20%2A%23"
    )
    assert (
        url("https://h.example/${env.api_url}")
        == "https://h.example/https%3A%2F%2Fapi.example%2Fv1"
    )
    assert url("https://h.example/${x}", x="x\r\nX-Admin: 1") == (
        "https://h.example/x%0D%0AX-Admin%3A%201"
    )
    assert url("https://h.example/${x}", x="\ud800") == "https://h.example/%3F"
    assert url("https://h.example/?q=${x}", x=None) == "https://h.example/?q="


@pytest.mark.parametrize("x", [None, "", ".", ".."])
def test_url_inserts_cannot_climb_or_vanish(x: Value) -> None:
    for source in ("${env.api_url}/orders/${x}", "https://h.example/${x}/a?b=c"):
        with pytest.raises(SpokenValueError):
            url(source, x=x)


def test_the_environment_cannot_break_the_line_either() -> None:
    with pytest.raises(SpokenValueError):
        url("${env.api_url}/a", env={"api_url": "https://api.example\r\nX: 1"})


@pytest.mark.parametrize(
    "source",
    [
        "https://h.example/a",
        "https://h.example/${name}",
        "https://h.example?q=${name}",
        "HTTP://h.example:8080/${name}",
        "${env.api_url}",
        "${env.api_url}/${name}",
        "${env.api_url}?q=${name}",
    ],
)
def test_url_with_a_fixed_host(source: str) -> None:
    assert parse_template(source).check_url(SCOPE) == []


@pytest.mark.parametrize(
    "source",
    [
        "${name}",
        "${name}/a",
        "https://${name}/a",
        "https://h.example${name}/a",
        "https://h.example:${name}/a",
        "https://h.example\\${name}",
        "/${name}",
        "ftp://h.example/${name}",
        "${env.api_url}${name}",
        "${env.api_url}.example/${name}",
        "${env.api_url + name}/a",
        "${env.api_url[1]}/a",
        "${call.from}/a",
        "${env.api_url as spelled}/a",
    ],
)
def test_url_whose_host_an_insert_could_choose(source: str) -> None:
    assert any("host" in fault.message for fault in parse_template(source).check_url(SCOPE))


def test_headers_hold_one_line() -> None:
    template = parse_template("Caller ${name}")
    assert template.render_header({"name": "Ada é"}) == "Caller Ada é"
    with pytest.raises(SpokenValueError):
        template.render_header({"name": "x\r\nX-Admin: 1"})


def test_the_samples_of_the_language() -> None:
    scope = {**SCOPE, "starts_at": declare("date_time"), "booking_id": declare("text")}
    for source in (
        "Your balance is ${account.balance as money}, as of ${account.updated as date}.",
        "You have an appointment on ${starts_at as date} at ${starts_at as time}.",
        "For ${slots[1].at as date_time}, press 1.",
        "You entered ${pick as digits}.",
        "${voicemail.url}",
        "${mobile}",
        "${-account.balance as money}",
    ):
        assert parse_template(source).check(scope) == []
    assert parse_template("${env.api_url}/${booking_id}/slots?count=3").check_url(scope) == []
