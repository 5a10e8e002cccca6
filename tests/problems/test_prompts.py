"""P16 to P24: prompts that are not heard, not stopped, or over before anybody says so."""

from __future__ import annotations

import pytest

from ivr.core.effects import PlayPrompts
from ivr.core.values import Audio
from ivr.simulator.graph.leg import Leg
from tests.problems import flows
from tests.problems.flows import BARGE, DESKS, DIGITS, HELLO, HOLD
from tests.problems.place import MINUTE, SECOND, Place
from tests.simulator.graph_world import wav

OFTEN = 50


@pytest.mark.problem("P16", fault="completion_before_answer")
@pytest.mark.problem("P16", fault="lost_answer_playPrompt")
async def test_a_prompt_is_heard_once_whenever_its_request_is_answered(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert place.whole(call) == ["hello", "account"]
    assert place.asked(call, "playPrompt") == ["playPrompt"] * 2
    assert await place.lasted(call.id) < 5 * SECOND, "its end counts, not the answer"


@pytest.mark.problem("P16", "P36", fault="answer_late")
@pytest.mark.problem("P16", fault="lost_answer_answer")
async def test_a_call_is_up_when_it_is_told_so_and_not_when_we_are_answered(place: Place) -> None:
    place.strike()
    call = await place.ring(HELLO)
    await place.pass_(5 * SECOND)
    assert (await place.until_closed(call.id)).result == "done"
    assert place.asked(call, "answer") == ["answer"]


@pytest.mark.problem("P17", fault="completed_with_500")
@pytest.mark.problem("P17", fault="unknown_completion_reason")
async def test_a_prompt_that_is_completed_and_was_not_heard_has_failed(place: Place) -> None:
    place.strike()
    call = await place.ring(HELLO)
    assert (await place.until_closed(call.id)).result == "operator"


@pytest.mark.problem("P17", fault="prompt_over_at_once")
async def test_prompts_that_are_over_at_once_hold_up_nobody(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"


@pytest.mark.problem("P18", fault="unknown_members_refused")
@pytest.mark.parametrize(
    "flow", ["DIGITS", "DESKS", "MESSAGE", "EXPERT", "PUT_OUT", "WHO", "REJECT", "REDIRECT", "KEYS"]
)
async def test_a_strict_service_refuses_none_of_our_requests(place: Place, flow: str) -> None:
    call = await place.ring(getattr(flows, flow))
    await place.talk(call, account="4711")
    await place.until_closed(call.id)
    assert place.asked(call)
    refused = [each for each in place.exchanges(call) if each.status not in {200, 202, 204}]
    assert refused == []


@pytest.mark.problem("P19", fault="prompt_wrong_format")
@pytest.mark.problem("P19", fault="prompt_not_downloaded")
@pytest.mark.problem("P19", fault="prompt_not_found")
@pytest.mark.problem("P19", fault="prompt_not_reachable")
@pytest.mark.problem("P19", fault="prompt_is_a_web_page")
async def test_a_file_that_cannot_be_played_leads_to_the_error_exit(place: Place) -> None:
    place.strike(times=OFTEN)
    call = await place.ring(HELLO)
    assert (await place.until_closed(call.id)).result == "operator"
    assert len(place.asked(call, "playPrompt")) == 2, "once more, and no storm"
    assert await place.lasted(call.id) < 5 * SECOND


@pytest.mark.problem("P19", fault="prompt_not_found")
@pytest.mark.problem("P19", fault="prompt_not_reachable")
@pytest.mark.problem("P19", fault="prompt_is_a_web_page")
async def test_a_file_that_is_there_at_the_second_look_is_heard(place: Place) -> None:
    place.strike(times=2)
    call = await place.ring(HELLO)
    assert (await place.until_closed(call.id)).result == "done"
    assert place.whole(call) == ["hello"]


@pytest.mark.problem("P19", fault="prompt_slow")
async def test_a_file_that_takes_its_time_is_heard_to_its_end(place: Place) -> None:
    place.strike(times=OFTEN)
    call = await place.ring(HELLO)
    assert (await place.until_closed(call.id)).result == "done"
    assert place.whole(call) == ["hello"]


async def played(place: Place, call: Leg, audio: Audio) -> int:
    """How many milliseconds of some audio the caller hears."""
    snapshot = await place.now(call.id)
    effect = PlayPrompts(f"{call.id}.{len(call.phone.heard) + 90}", (audio,))
    await place.node.outside.perform(effect, snapshot)
    await place.pass_(10 * SECOND)
    heard = call.phone.heard[-1]
    assert heard.ended is not None
    return heard.ended - heard.started


@pytest.mark.problem("P20", fault="prompt_cached_for_ever")
async def test_a_new_recording_of_a_prompt_is_heard_although_the_old_one_is_cached(
    place: Place,
) -> None:
    call = await place.connect(HOLD)
    for seconds in (1.0, 3.0):
        name = place.node.audio.add_file(wav(seconds), "hello.wav")
        assert await played(place, call, Audio("hello", file=name)) == seconds * 1000
        assert await played(place, call, Audio("hello", file=name)) == seconds * 1000
    fetched = [each for each in place.exchanges(call, "sent") if each.operation == "prompt"]
    assert len(fetched) == 2, "each of them once"


@pytest.mark.problem("P21", fault="play_refused_for_ever")
async def test_a_service_that_plays_nothing_is_not_stormed(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    row = await place.until_closed(call.id, 2 * MINUTE)
    assert row.result == "nobody"
    assert len(place.asked(call, "playPrompt")) == 4, "each question is asked as often as it says"


@pytest.mark.problem("P21", fault="play_unknown_error")
async def test_media_are_left_to_the_service_from_the_answer_on(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    answer = place.exchanges(call)[0].body
    assert isinstance(answer, dict)
    kind = answer["mediaConfig"]["@odata.type"]
    assert kind == "#microsoft.graph.serviceHostedMediaConfig"


@pytest.mark.problem("P22", fault="cancel_without_effect")
@pytest.mark.problem("P22", fault="slow_cancel")
@pytest.mark.problem("P22", fault="late_cancellation")
@pytest.mark.problem("P23", fault="cancel_unknown")
@pytest.mark.problem("P23", fault="cancel_gone")
@pytest.mark.problem("P60", fault="lost_answer_cancelMediaProcessing")
async def test_a_key_counts_at_once_whatever_becomes_of_the_music(place: Place) -> None:
    place.strike()
    call = await place.ring(BARGE)
    await place.pass_(SECOND)
    assert place.heard(call) == ["choose"]
    place.press(call, "1")
    await place.pass_(2 * SECOND)
    assert "cancelMediaProcessing" in place.asked(call)
    assert place.asked(call, "playPrompt") == ["playPrompt"] * 2
    assert (await place.until_closed(call.id)).result == "done"
    assert place.whole(call)[-1] == "chosen"


@pytest.mark.problem("P24", fault="lost_completion")
@pytest.mark.problem("P24", fault="lost_completions")
@pytest.mark.problem("P24", fault="late_completion")
async def test_a_transfer_waits_for_its_prompt_but_not_for_ever(place: Place) -> None:
    place.strike()
    call = await place.ring(DESKS)
    assert (await place.until_closed(call.id)).result == "served"
    assert place.whole(call) == ["moment"]
    assert await place.lasted(call.id) < 15 * SECOND
