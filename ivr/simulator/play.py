"""Plays a scenario: each step is asked of the stage and compared with what happens there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from ivr.core.options import Duration
from ivr.core.program import Program
from ivr.core.values import Millis
from ivr.simulator.phone.rules import Call, Outcome
from ivr.simulator.scenario import Clip, Handover, Leave, Press, Scenario, Step, Words
from ivr.simulator.session import Business, Session, ok
from ivr.simulator.stage import Stage, VirtualStage, spelled

OUTCOMES: Mapping[str, Outcome] = {
    "accepted": "answered",
    "declined": "declined",
    "busy": "busy",
    "no_answer": "no_answer",
    "failed": "failed",
}
ENDS = {
    "caller_hung_up": "hung_up",
    "transferred": "transferred",
    "rejected": "rejected",
    "redirected": "redirected",
    "failed": "failed",
}


class Failure(Struct, frozen=True):
    """The step that did not go as it should: expected and found, in words."""

    step: int
    verb: str
    expected: str
    found: str


class Played(Struct, frozen=True):
    """How a scenario went; `failure` is None when it passed."""

    failure: Failure | None = None


class _WrongError(Exception):
    def __init__(self, expected: str, found: str) -> None:
        self.expected, self.found = expected, found


def play_virtual(
    scenario: Scenario, program: Program, business: Business = ok
) -> tuple[Played, Session]:
    """Play a scenario in this process, on the virtual clock."""
    given = scenario.given
    call = Call(at=given.moment(), caller=given.caller.caller(), to=given.called)
    session = Session(program, call, business=business)
    session.phone.set_transfer_outcome(session.now, "undecided")
    return play(scenario, VirtualStage(session), program.env), session


def play(scenario: Scenario, stage: Stage, env: Mapping[str, object]) -> Played:
    """Play a scenario on a stage; stops at the first step that goes wrong."""
    player = _Player(stage, env)
    for number, step in enumerate(scenario.steps):
        try:
            player.do(step)
        except _WrongError as wrong:
            return Played(Failure(number, step.verb(), wrong.expected, wrong.found))
    return Played()


class _Player:
    def __init__(self, stage: Stage, env: Mapping[str, object]) -> None:
        self._stage = stage
        self._env = env
        self._heard = 0
        self._handovers = 0

    def do(self, step: Step) -> None:
        verbs: dict[str, Callable[[Step], None]] = {
            "hear": self._hear,
            "press": self._press,
            "silence": self._silence,
            "hangup": self._hang_up,
            "transfer": self._transfer,
            "record": self._record,
            "end": self._end,
        }
        verbs[step.verb()](step)

    def _hear(self, step: Step) -> None:
        heard = self._stage.heard(self._heard)
        wanted = step.hear.text if isinstance(step.hear, Words) else str(step.hear)
        if heard is None:
            raise _WrongError(f"to hear {wanted}", "nothing more")
        self._heard += 1
        matches = wanted in heard.text if isinstance(step.hear, Words) else wanted == heard.name
        if not matches:
            raise _WrongError(f"to hear {wanted}", f"heard {heard.name}")

    def _press(self, step: Step) -> None:
        press = step.press if isinstance(step.press, Press) else Press(keys=str(step.press))
        self._come_to(press.during, press.after)
        keys = press.keys or self._stage.key_for(press.option) or ""
        if not keys:
            raise _WrongError(f"a choice {press.option}", "the menu has no such choice")
        for number, key in enumerate(keys):
            if number:
                self._stage.wait(press.gap)
            self._stage.press(key)

    def _come_to(self, during: str, after: Millis) -> None:
        """The moment of a key: while a prompt plays, or when the flow waits for keys."""
        if during:
            heard = self._stage.heard(max(self._heard - 1, 0))
            if heard is None or heard.name != during:
                raise _WrongError(
                    f"{during} to play", f"heard {heard.name if heard else 'nothing'}"
                )
        elif not self._stage.listen():
            raise _WrongError("a question", "the call is over")
        if after:
            self._stage.wait(after)

    def _silence(self, step: Step) -> None:
        if isinstance(step.silence, str):
            self._stage.wait(Duration.parse(step.silence))
            return
        self._stage.listen()
        self._stage.react()

    def _hang_up(self, step: Step) -> None:
        leave = step.hangup if isinstance(step.hangup, Leave) else Leave()
        if leave.during:
            self._come_to(leave.during, leave.after)
        elif leave.after:
            self._stage.wait(leave.after)
        self._stage.hang_up()

    def _transfer(self, step: Step) -> None:
        wanted = step.transfer or Handover()
        handover = self._stage.handover(self._handovers)
        if handover is None:
            raise _WrongError("a transfer", "none was asked for")
        self._handovers += 1
        target = str(self._env.get(wanted.to.removeprefix("env."), wanted.to))
        if wanted.to and spelled(handover.to) != target:
            raise _WrongError(f"a transfer to {wanted.to}", "it went to another target")
        self._stage.decide(OUTCOMES[wanted.then])

    def _record(self, step: Step) -> None:
        clip = step.record or Clip()
        if not self._stage.record():
            raise _WrongError("a recording", "none began")
        self._stage.speak(clip.speech)
        self._stage.wait(clip.speech)
        if clip.stop:
            self._stage.press(clip.stop)

    def _end(self, step: Step) -> None:
        result, line = self._stage.ending()
        if step.end not in {result, next((k for k, v in ENDS.items() if v == line), None)}:
            raise _WrongError(f"the call to end as {step.end}", f"{result or 'no result'} ({line})")
