"""Whole calls with a strict telephone: the engine never asks for what the service refuses.

Callers press, speak, wait and hang up as they please; agents answer, decline or let it ring;
and everything that nobody has documented about the service is tried both ways.
"""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from ivr.core.effects import SendRequest
from ivr.core.events import AnyEvent, EffectFailed, HttpAnswered, HttpFailed
from ivr.core.program import Program, State
from ivr.core.values import Caller, Millis
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.session import Business, Session, ok
from tests.core.any_calls import TRIED
from tests.core.any_flows import beginnings
from tests.universe import NOON

RULES = st.builds(
    Rules,
    audio=st.sampled_from((0, 100, 1_500)),
    tone=st.sampled_from((0, 30, 400)),
    operation_ended=st.sampled_from((0, 40, 900)),
    cancel=st.sampled_from((0, 120, 1_500)),
    tones_need_audio=st.booleans(),
    stop_key_is_a_tone_too=st.booleans(),
    clip_kept_on_hang_up=st.booleans(),
    cut_operations_are_told=st.booleans(),
    transfer_takes_audio=st.booleans(),
)
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(("press", "press", "press", "wait", "speak", "transfer", "hang up")),
        st.integers(0, 15),
        st.sampled_from((0, 200, 1_500, 4_000, 30_000)),
    ),
    max_size=25,
)


def answers(picks: list[int]) -> Business:
    """Business systems that answer this and that."""
    left = iter(picks)

    def answer(request: SendRequest, program: Program, state: State) -> tuple[AnyEvent, Millis]:
        pick = next(left, 1)
        if pick == 0:
            return HttpFailed(request.id, timeout=True), request.timeout
        if pick % 3 == 0:
            return HttpAnswered(request.id, (404, 500, 302)[pick % 4 % 3]), 100
        return ok(request, program, state)[0], 700 * (pick % 4)

    return answer


def act(session: Session, what: str, pick: int) -> None:
    """The caller, or the far end, does something."""
    if what == "press":
        session.press("1234567890*#1122"[pick])
    elif what == "speak":
        session.speak(pick * 1_000)
    elif what == "transfer":
        outcomes = get_args(Outcome)
        session.lines.transferee_does(session.now, outcomes[pick % len(outcomes)])
    elif what == "hang up" and pick < 8:
        session.hang_up()


@TRIED
@given(
    st.integers(0, len(beginnings()) - 1), RULES, ACTIONS, st.lists(st.integers(0, 9), max_size=9)
)
def test_the_service_never_has_to_refuse_anything(
    flow: int, rules: Rules, actions: list[tuple[str, int, Millis]], picks: list[int]
) -> None:
    call = Call(at=NOON, caller=Caller("phone", "+442079460123"), to="+442079460999")
    session = Session(beginnings()[flow], call, rules, answers(picks))
    for what, pick, length in actions:
        session.wait(length)
        act(session, what, pick)
    assert session.run(lambda: session.over)
    assert session.snapshot.result
    refused = [each for _, each, _ in session.steps if isinstance(each, EffectFailed)]
    assert [each for each in refused if each.failure != "gone"] == []
