"""Every published notification, mistakes included, becomes the event that the golden file says.

The bodies are Microsoft's and stay where they are; ours to keep is only what they become.
`UPDATE_GOLDEN=1` writes the golden file anew.
"""

from __future__ import annotations

import json

import pytest

from ivr.graph.decode import Notifications, decode
from tests.graph.golden_listing import EXAMPLES, GOLDEN, UPDATE, documented, told

LISTING = GOLDEN / "documented.txt"
BODIES = {
    name: json.dumps(example["body"]).encode()
    for name, example in documented("notifications").items()
}

pytestmark = pytest.mark.skipif(
    not BODIES, reason=f"no published examples at {EXAMPLES}; set SHARED_DIR to the shared folder"
)


def listing() -> dict[str, list[str]]:
    """File name to lines of the golden file."""
    expected: dict[str, list[str]] = {}
    for line in LISTING.read_text().splitlines():
        name, _, event = line.partition("  ")
        expected.setdefault(name, []).append(event)
    return expected


@pytest.mark.skipif(not UPDATE, reason="UPDATE_GOLDEN is not set")
def test_write_the_golden_file_anew() -> None:
    found = [(name, line) for name, body in BODIES.items() for line in told(decode(body))]
    LISTING.write_text("".join(f"{name}  {line}\n" for name, line in found))


def test_the_golden_file_covers_every_example() -> None:
    assert sorted(listing()) == sorted(BODIES)


@pytest.mark.parametrize("name", BODIES)
def test_a_published_notification_is_understood(name: str) -> None:
    assert told(decode(BODIES[name])) == listing()[name]


@pytest.mark.parametrize("name", BODIES)
def test_the_letter_case_and_the_older_names_do_not_matter(name: str) -> None:
    """Several generations of the service are alive at once and spell one thing in several ways."""
    body = json.loads(BODIES[name])
    for entry in body["value"]:
        entry["changeType"] = entry["changeType"].title()
        address = entry.pop("resourceUrl", None) or entry["resource"]
        head, _, rest = address.partition("calls/")
        call_id, slash, below = rest.partition("/")
        respelt = call_id.replace("-", "").upper()
        entry["resource"] = f"{head.replace('communications', 'app')}calls/{respelt}{slash}{below}"
        found = entry.get("resourceData")
        if isinstance(found, dict):
            entry["resourceData"] = {key: _respelt(key, value) for key, value in found.items()}
    assert told(decode(json.dumps(body).encode())) == listing()[name]


def _respelt(key: str, value: object) -> object:
    if key in {"state", "status", "completionReason"}:
        return str(value).title()
    if key == "@odata.type":
        return str(value).replace("#microsoft.graph", "Microsoft.Graph")
    if key == "resultInfo" and isinstance(value, dict):
        return {
            name: str(number) if isinstance(number, int) else number
            for name, number in value.items()
        }
    return value


@pytest.mark.parametrize("name", BODIES)
def test_an_unusable_neighbour_costs_nothing_but_itself(name: str) -> None:
    """The tolerant way of reading comes to the same events as the fast one."""
    body = json.loads(BODIES[name])
    body["value"] = [None, 7, {"resourceUrl": ["x"]}, *body["value"], {"resourceData": True}]
    decoded = decode(json.dumps(body).encode())
    assert isinstance(decoded, Notifications)
    assert decoded.skipped == 4
    assert told(decoded)[:-1] == listing()[name]
