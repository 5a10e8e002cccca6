"""Plays a scenario: each step is asked of the stage and compared with what happens there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from ivr.core.options import Duration
from ivr.core.program import Program
from ivr.core.values import Millis, Target, parse_target
from ivr.errors import SpokenValueError, UsageError
from ivr.expr.types import Value, coerce
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.scenario import (
    Clip,
    Dial,
    Far,
    Handover,
    Invite,
    Join,
    Leave,
    Press,
    Scenario,
    Step,
    Words,
)
from ivr.simulator.session import Business, Session, ok
from ivr.simulator.stage import Stage, VirtualStage, spelled

OUTCOMES: Mapping[Far, Outcome] = {
    "accepted": "answered",
    "answered": "answered",
    "joined": "answered",
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
    """Play a scenario in this process, on the virtual clock.

    Whom the flow calls or invites waits for a step that says what he does, if there is one of that
    kind; else he answers, and joins. A transfer always waits for its step. Raises `UsageError`
    for `vars` that are no inputs of the flow, or do not fit their types.
    """
    given = scenario.given
    verbs = {step.verb() for step in scenario.steps}
    rules = Rules(transferee="undecided", invitee="undecided" if "invite" in verbs else "answered")
    call = Call(at=given.moment(), caller=given.caller.caller(), to=given.called)
    dials: tuple[Outcome, ...] = ("undecided",) if "dial" in verbs else ()
    inputs = _inputs(given.vars, program)
    session = Session(program, call, rules, business, inputs, dials)
    return play(scenario, VirtualStage(session), program.env), session


def _inputs(given: Mapping[str, object], program: Program) -> dict[str, Value]:
    for name in given:
        if name not in program.inputs:
            raise UsageError(f"`vars`: {name} is no input of the flow {program.flow}.")
    try:
        return {name: coerce(value, program.declarations[name]) for name, value in given.items()}
    except SpokenValueError as error:
        raise UsageError(f"`vars`: {error}") from None


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
        self._dialled = 0
        self._invited = 0

    def do(self, step: Step) -> None:
        verbs: dict[str, Callable[[Step], None]] = {
            "hear": self._hear,
            "press": self._press,
            "silence": self._silence,
            "hangup": self._hang_up,
            "transfer": self._transfer,
            "record": self._record,
            "dial": self._dial,
            "invite": self._invite,
            "join": self._join,
            "leave": self._leave,
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
        self._expect("a transfer", wanted.to, [handover.to])
        self._stage.decide(OUTCOMES[wanted.then])

    def _dial(self, step: Step) -> None:
        wanted = step.dial if isinstance(step.dial, Dial) else Dial(then=step.dial or "answered")
        for outcome in [wanted.then] if isinstance(wanted.then, str) else wanted.then:
            called = self._stage.dialled(self._dialled)
            if called is None:
                raise _WrongError("somebody to be called", "nobody was")
            self._dialled += 1
            self._expect("a call", wanted.to, [called])
            self._stage.pick_up(OUTCOMES[outcome])

    def _invite(self, step: Step) -> None:
        given = step.invite
        wanted = given if isinstance(given, Invite) else Invite(then=given or "joined")
        invited = self._stage.invited(self._invited)
        if not invited:
            raise _WrongError("an invitation", "nobody was invited")
        self._invited += 1
        self._expect("an invitation", wanted.to, invited)
        self._stage.accept(OUTCOMES[wanted.then])

    def _join(self, step: Step) -> None:
        who = step.join if isinstance(step.join, Join) else Join(str(step.join))
        if not self._stage.join(self._party(who.who), who.name):
            raise _WrongError(f"{who.who} to join", "there is no call to join")

    def _leave(self, step: Step) -> None:
        if not self._stage.leave(self._party(str(step.leave))):
            raise _WrongError(f"{step.leave} to leave", "nobody of that name is on the call")

    def _expect(self, what: str, to: str, targets: Sequence[Target]) -> None:
        if to and self._value(to) not in map(spelled, targets):
            raise _WrongError(f"{what} to {to}", "it went to another target")

    def _party(self, text: str) -> Target:
        found = parse_target(self._value(text))
        if found is None:
            raise _WrongError(f"a party, not {text}", "parties are user:ID, phone:+... and such")
        return found

    def _value(self, text: str) -> str:
        """A target as it is written, or by its name in the environment."""
        return str(self._env.get(text.removeprefix("env."), text))

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
