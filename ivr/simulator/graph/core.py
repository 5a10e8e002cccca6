"""The simulated Graph itself: its calls, and what drives them through time.

Each call has one phone. A command or a tester's action goes to the phone; `settle` then tells the
bot what came of it and sets a timer for the next moment at which the phone has something to tell.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Coroutine, Sequence

import httpx
from msgspec.structs import replace

from ivr.core.values import Millis, Target
from ivr.simulator.faults.plan import Faults
from ivr.simulator.graph.clock import FastClock
from ivr.simulator.graph.errors import ControlError, GraphError, new_id, refused
from ivr.simulator.graph.leg import Leg, Notice
from ivr.simulator.graph.log import Exchange
from ivr.simulator.graph.media import Prompts, Recordings
from ivr.simulator.graph.notices import incoming, notices
from ivr.simulator.graph.notifier import Notifier
from ivr.simulator.graph.objects import MediaInfo
from ivr.simulator.graph.options import Options
from ivr.simulator.graph.parties import caller_body, target_body
from ivr.simulator.graph.results import Body
from ivr.simulator.graph.signing import Signer
from ivr.simulator.graph.tokens import Tokens
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call, Outcome
from ivr.simulator.phone.signals import LineDown, OperationEnded, Signal

FETCH_TIMEOUT = 10.0


class GraphServer:
    """All calls of one simulated Graph.

    `webhook` is where incoming calls are announced, `app_id` the bot's registration, `tenant` that
    of calls for which none is named. A `client` may be given for requests to the bot. `callee` is
    what those do whom the bot calls, `lobby` whether meetings let it wait, `meetings` those that
    were made. Everything runs on the event loop of its callers; `close` ends it.
    """

    def __init__(
        self,
        webhook: str,
        app_id: str,
        tenant: str,
        options: Options,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.webhook = webhook
        self.app_id = app_id
        self.tenant = tenant
        self.options = options
        self.clock = FastClock(options.speed)
        self.faults = Faults()
        self.signer = Signer(app_id, options.issuer)
        self.tokens = Tokens(options.token_seconds, options.max_tokens)
        self.client = client or httpx.AsyncClient(timeout=FETCH_TIMEOUT, trust_env=False)
        self.prompts = Prompts(self.client, self.clock, self.faults, options.max_media)
        self.recordings = Recordings(self.clock, options.clip_lives, options.max_media)
        self.legs: OrderedDict[str, Leg] = OrderedDict()
        self.log: deque[Exchange] = deque(maxlen=options.max_log)
        self.callee: tuple[Outcome, Millis | None] = ("answered", None)
        self.lobby = False
        self.meetings: OrderedDict[tuple[str, str], Body] = OrderedDict()
        self.notifier = Notifier(self.client, self.signer, self.clock, self.faults, options)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._work: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """End all timers, fetches and posts."""
        for timer in self._timers.values():
            timer.cancel()
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.notifier.close()
        await self.client.aclose()

    # The calls

    def ring(self, call: Call, called: Target, base: str, *, legacy: bool) -> Leg:
        """A caller rings: announce the call to the bot's webhook.

        Raises `ControlError` when there are too many calls.
        """
        rules = self.faults.rules(self.options.rules)
        phone = Phone(call, rules, _guid)
        leg = Leg(phone, self.webhook, base, self.options.max_log)
        leg.legacy = legacy
        leg.shown = {
            "source": caller_body(call.caller, leg.caller),
            "targets": [target_body(called)],
            "requestedModalities": ["audio"],
            "incomingContext": {
                "@odata.type": "#microsoft.graph.incomingContext",
                "sourceParticipantId": leg.caller,
            },
        }
        if not self._keep(leg):
            raise ControlError("There are too many calls: end some first.", 409)
        self.tell(leg, incoming(leg))
        self.settle(leg)
        return leg

    def dial(self, call: Call, callback: str, base: str) -> Leg:
        """The bot places a call or joins a meeting. Raises `GraphError` 429 for too many calls."""
        outcome, after = self.callee
        rules = self.faults.rules(self.options.rules)
        if after is not None:
            rules = replace(rules, callee_answers=after, callee_gives_up=after)
        call = replace(call, callee=outcome, lobby=call.meeting and self.lobby, bot=self.app_id)
        leg = Leg(Phone(call, rules, _guid), callback, base, self.options.max_log)
        if not self._keep(leg):
            raise GraphError(429, "8530", "The number of concurrent calls is exceeded.", 1.0)
        # Not settled yet: whoever placed it hears first that it is establishing.
        self._wake(leg)
        return leg

    def leg(self, call_id: str) -> Leg | None:
        """A call by its id in any spelling, living or over."""
        return self.legs.get(_plain(call_id))

    def live(self, call_id: str) -> Leg:
        """A call that is not over. Raises `GraphError` 404 / 8522."""
        leg = self.leg(call_id)
        if leg is None or leg.phone.look(self.clock.now()):
            raise refused("gone")
        return leg

    # Time

    def settle(self, leg: Leg) -> None:
        """Tell the bot what has happened until now, and wake up for what comes next."""
        for signal in leg.phone.advance(self.clock.now()):
            self._before(leg, signal)
            self.tell(leg, *notices(leg, signal, self.options.silence_code))
            if isinstance(signal, LineDown):
                leg.ended_at = signal.at
        self._wake(leg)
        if leg.other and not leg.other.ended_at:
            self.settle(leg.other)

    def tell(self, leg: Leg, *told: Notice) -> None:
        """Send notifications to whoever is called back for the call."""
        for notice in told:
            self.notifier.post(leg, notice)

    def fetch(self, leg: Leg, operation_id: str, media: Sequence[MediaInfo]) -> None:
        """Fetch the audio of an operation that the phone has accepted, then let it play."""
        self._begin(self._fetch(leg, operation_id, media))

    def warm(self, leg: Leg, media: Sequence[MediaInfo]) -> None:
        """Fetch audio ahead of its use, for the cache."""
        self._begin(self._fetch(leg, "", media))

    def _wake(self, leg: Leg) -> None:
        """Settle the call when its phone next has something to tell."""
        timer = self._timers.pop(leg.id, None)
        if timer:
            timer.cancel()
        due = leg.phone.next_due()
        if due is not None:
            delay = self.clock.real(due - self.clock.now())
            loop = asyncio.get_running_loop()
            self._timers[leg.id] = loop.call_later(delay, self.settle, leg)

    async def _fetch(self, leg: Leg, operation_id: str, media: Sequence[MediaInfo]) -> None:
        audio = await self.prompts.pieces(leg, media)
        if operation_id:
            leg.phone.fetched(self.clock.now(), operation_id, audio)
            self.settle(leg)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _keep(self, leg: Leg) -> bool:
        """Remember a call, and forget the oldest one that is over when there are too many."""
        if len(self.legs) >= self.options.max_calls:
            over = next((key for key, each in self.legs.items() if each.phone.ended), None)
            if over is None:
                return False
            del self.legs[over]
        self.legs[_plain(leg.id)] = leg
        return True

    def _before(self, leg: Leg, signal: Signal) -> None:
        """A recording can be fetched before its end is told."""
        if not isinstance(signal, OperationEnded) or signal.clip is None:
            return
        operation = leg.operations.get(signal.context)
        if operation:
            place, token = self.recordings.keep(leg, signal.clip)
            operation.extra = {"recordingLocation": place, "recordingAccessToken": token}


def _guid(_: int) -> str:
    return new_id()


def _plain(call_id: str) -> str:
    return call_id.replace("-", "").lower()
