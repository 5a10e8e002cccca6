"""Every request that the engine can send, byte for byte.

`UPDATE_GOLDEN=1` writes `golden/requests.txt` anew; look at the difference.
"""

from __future__ import annotations

import json

import pytest
from msgspec import structs

from ivr.core.effects import FetchRecording, PlayPrompts, RecordCaller, RedirectCall, SendRequest
from ivr.core.values import Target
from ivr.errors import Refused
from ivr.graph.encode import encode
from tests.graph.effects_of_a_call import AUDIO, CALL, HEARD, LINE, REQUESTS
from tests.graph.golden_listing import GOLDEN, UPDATE

LISTING = GOLDEN / "requests.txt"


def listed() -> str:
    lines = []
    for name, (effect, line) in REQUESTS.items():
        request = encode(effect, line)
        lines += [f"# {name}", f"{request.method} {request.path}"]
        lines += [request.body.decode()] if request.body is not None else []
    return "\n".join(lines) + "\n"


def body(name: str) -> dict[str, object]:
    effect, line = REQUESTS[name]
    sent: dict[str, object] = json.loads(encode(effect, line).body or b"null")
    return sent


@pytest.mark.skipif(not UPDATE, reason="UPDATE_GOLDEN is not set")
def test_write_the_golden_file_anew() -> None:
    LISTING.write_text(listed())


def test_requests_are_byte_for_byte_as_listed() -> None:
    assert listed() == LISTING.read_text()


def test_the_effect_comes_back_with_its_operation() -> None:
    for name in ("listen", "play", "stop", "record"):
        assert body(name)["clientContext"] == "e1"


def test_a_call_id_is_sent_as_graph_spells_it() -> None:
    effect, line = REQUESTS["keep alive"]
    odd = structs.replace(line, call_id=CALL.replace("-", "").upper())
    assert encode(effect, odd).path == f"/communications/calls/{CALL}/keepAlive"


@pytest.mark.parametrize("call_id", ["", "..", "a/b", "a?b", "a%2fb", "a b", "å"])
def test_a_call_id_cannot_lead_elsewhere(call_id: str) -> None:
    effect, line = REQUESTS["hang up"]
    with pytest.raises(Refused):
        encode(effect, structs.replace(line, call_id=call_id))


@pytest.mark.parametrize(
    ("millis", "seconds"),
    [(-5, 1), (0, 1), (1, 1), (1000, 1), (1001, 2), (119_001, 120), (120_000, 120), (10**9, 120)],
)
def test_times_of_a_recording_are_whole_seconds_that_graph_takes(millis: int, seconds: int) -> None:
    request = encode(RecordCaller("e1", millis, millis, millis), LINE)
    sent = json.loads(request.body or b"")
    for name in ("maxRecordDuration", "initialSilenceTimeout", "maxSilenceTimeout"):
        assert sent[f"{name}InSeconds"] == seconds


@pytest.mark.parametrize(("millis", "seconds"), [(1, 15), (30_500, 31), (10**9, 90)])
def test_ringing_lasts_as_long_as_graph_takes(millis: int, seconds: int) -> None:
    request = encode(RedirectCall("e1", (Target("user", "u"),), millis), LINE)
    assert json.loads(request.body or b"")["timeout"] == seconds


def test_a_recording_has_one_prompt_at_most() -> None:
    assert len(json.loads(encode(REQUESTS["record"][0], HEARD).body or b"")["prompts"]) == 1


def test_prompts_keep_their_order_and_their_cache_keys() -> None:
    sent = json.loads(encode(PlayPrompts("e1", AUDIO), HEARD).body or b"")
    media = [prompt["mediaInfo"] for prompt in sent["prompts"]]
    assert [one["uri"][-5:] for one in media] == ["a.wav", "b.wav"]
    assert [one.get("resourceId") for one in media] == ["sha-a", None]
    assert "resourceId" not in media[1]


def test_what_is_not_graph_s_is_refused() -> None:
    for effect in (
        FetchRecording("e1", "https://media.example/1", "t", 1),
        SendRequest("e1", "GET", "https://crm.example/", "crm.example", 1),
    ):
        with pytest.raises(Refused):
            encode(effect, LINE)


def test_nobody_is_shown_in_a_log() -> None:
    effect, line = REQUESTS["transfer to a phone"]
    assert "+4670" not in repr(encode(effect, line))
