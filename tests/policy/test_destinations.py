"""Which destinations are allowed by which settings, and what is said of those that are not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ivr.core.values import Target
from ivr.flow.bundle import load_folder
from ivr.policy.destinations import Destinations
from ivr.policy.numbers import look_up
from ivr.policy.ours import our_parties
from tests.flow.flow_folders import bundle_of, flow, write

LONDON = "+442079460123"


def judged(number: str, *allow: str) -> str | None:
    return Destinations(allow).refusal(Target("phone", number))


@pytest.mark.parametrize(
    ("number", "kind", "country"),
    [
        (LONDON, "ordinary", 44),
        ("+447400123456", "ordinary", 44),
        ("+443457404404", "ordinary", 44),
        ("+448081570000", "ordinary", 44),
        ("+390612345678", "ordinary", 39),
        ("+80012345678", "ordinary", 800),
        ("+911123456789", "ordinary", 91),
        ("+19002345678", "costly", 1),
        ("+449098790000", "costly", 44),
        ("+448431234567", "costly", 44),
        ("+447012345678", "costly", 44),
        ("+870773111632", "costly", 870),
        ("+8821612345678", "costly", 882),
        ("+979123456789", "costly", 979),
        ("+44999", "emergency", 44),
        ("+1911", "emergency", 1),
        ("+353112", "emergency", 353),
        ("+4402079460123", "none", 44),
        ("+44207946012", "none", 44),
        ("+999123456789", "none", 0),
        ("+", "none", 0),
        ("", "none", 0),
        ("+0442079460123", "none", 0),
        ("+1234567890123456", "none", 0),
        (f"{LONDON}\n", "none", 0),
    ],
)
def test_what_a_number_is(number: str, kind: str, country: int) -> None:
    assert look_up(number)[:2] == (kind, country)


@pytest.mark.parametrize(
    ("number", "allow"),
    [
        (LONDON, ["+44"]),
        (LONDON, ["+49", "+4420"]),
        (LONDON, [LONDON]),
        ("+14165550123", ["+1"]),
        ("+12125550123", ["+1"]),
        ("+18005550123", ["+1"]),
        ("+18095551234", ["+1809"]),
        ("+18095551234", ["+18095551234"]),
        ("+19002345678", ["+19002345678"]),
        ("+44999", ["+44999"]),
    ],
)
def test_what_the_operator_has_listed_is_allowed(number: str, allow: list[str]) -> None:
    assert judged(number, *allow) is None


@pytest.mark.parametrize(
    ("number", "allow", "reason"),
    [
        (LONDON, [], "not_listed"),
        (LONDON, ["+1", "+49"], "not_listed"),
        (LONDON, ["44", "0044", "2079460123"], "not_listed"),
        ("+19002345678", ["+1"], "costly"),
        ("+19002345678", ["+1900", "+1900234567"], "costly"),
        ("+8821612345678", ["+8", "+882"], "costly"),
        ("+18095551234", ["+1", "+18"], "area_not_listed"),
        ("+18765551234", ["+1", "+1809"], "area_not_listed"),
        ("+17872345678", ["+1"], "area_not_listed"),
        ("+44999", ["+44"], "emergency"),
        ("+4402079460123", ["+44", "+4402079460123"], "no_number"),
        ("+44207946012", ["+44", "+44207946012"], "no_number"),
    ],
)
def test_why_another_number_is_refused(number: str, allow: list[str], reason: str) -> None:
    assert judged(number, *allow) == reason


@pytest.mark.parametrize("kind", ["user", "app", "instance"])
def test_people_and_queues_of_our_own_tenants_need_no_list(kind: str) -> None:
    rules = Destinations((), ["Tenant-1"])
    for tenant in ("", "tenant-1", "TENANT-1"):
        assert rules.refusal(Target(kind, "0b9c", tenant)) is None  # type: ignore[arg-type]
    assert rules.refusal(Target(kind, "0b9c", "tenant-2")) == "foreign_tenant"  # type: ignore[arg-type]


def test_a_number_in_another_tenant_is_refused_though_it_is_listed() -> None:
    assert Destinations(["+44"]).refusal(Target("phone", LONDON, "tenant-2")) == "foreign_tenant"


@pytest.mark.parametrize("allow", [[], ["+44"], [LONDON]])
def test_what_leads_back_to_us_is_refused_whatever_is_listed(allow: list[str]) -> None:
    rules = Destinations(allow)
    ours = {LONDON, "0b9c"}
    assert rules.refusal(Target("phone", LONDON), ours) == "own_number"
    assert rules.refusal(Target("instance", "0B9C"), ours) == "own_number"


def test_the_tables_of_numbers_are_read_when_the_first_number_is_judged() -> None:
    code = (
        "import sys; from ivr.policy.destinations import Destinations\n"
        "from ivr.core.values import Target\n"
        "rules = Destinations(['+44']); rules.refusal(Target('user', 'x'))\n"
        "assert 'phonenumbers' not in sys.modules\n"
        "rules.refusal(Target('phone', '+442079460123'))\n"
        "assert 'phonenumbers' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_our_own_parties_are_those_that_flows_claim_and_the_bot(tmp_path: Path) -> None:
    one = flow("one", f'numbers: ["{LONDON}"]\nusers: [0B9C]\ndefault: true')
    two = flow("two", "users: [queue]")
    bundle = bundle_of(load_folder(write(tmp_path, one=one, two=two)))
    ours = our_parties(bundle, "Bot-1")
    assert ours == {LONDON, "0b9c", "queue", "bot-1"}
    assert Destinations(["+44"]).refusal(Target("user", "0B9C"), ours) == "own_number"
    assert our_parties(None, "") == frozenset()
