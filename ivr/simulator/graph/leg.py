"""One simulated call as Graph shows it: ids, parties, operations and roster around a phone."""

from __future__ import annotations

from collections import deque

from msgspec import Struct, field

from ivr.core.values import Millis
from ivr.simulator.faults.fault import Fault
from ivr.simulator.graph.errors import new_id
from ivr.simulator.graph.log import Exchange
from ivr.simulator.graph.results import STATES, Body
from ivr.simulator.phone.model import Phone

CALL = "#microsoft.graph.call"
MAX_OPERATIONS = 500

UNSET_IN_RESPONSES = (
    "subject",
    "terminationReason",
    "ringingTimeoutInSeconds",
    "mediaState",
    "resultInfo",
    "answeredBy",
    "chatInfo",
    "meetingInfo",
    "transcription",
    "meetingCapability",
    "toneInfo",
)
"""Members that the published responses carry as null."""


class WireOperation(Struct):
    """An operation as Graph shows it; `name` is its type without `Operation`."""

    name: str
    client_context: str | None
    status: str = "running"
    id: str = field(default_factory=new_id)
    result: Body | None = None
    extra: Body = field(default_factory=dict)

    def body(self) -> Body:
        """The operation resource."""
        shown: Body = {
            "@odata.type": f"#microsoft.graph.{self.name}Operation",
            "id": self.id,
            "clientContext": self.client_context,
            "status": self.status,
        }
        return {**shown, **({"resultInfo": self.result} if self.result else {}), **self.extra}


class Notice(Struct):
    """One notification: what changed (`path` follows the call's address) and its resource.

    `words` tell what it is about, `fault` what goes wrong with it.
    """

    kind: str
    change: str
    resource: object
    path: str = ""
    words: frozenset[str] = frozenset()
    fault: Fault | None = None


class Leg:
    """The bot's side of one call.

    `shown` holds the members of the call resource that never change. `base` is the address under
    which the bot reached us last; links in notifications are made with it. `delta` asks for rosters
    of what has changed only, of which `rosters` were told. `other` is a call of the bot whose place
    this one takes, `busy` how many requests for this one are under way.
    """

    def __init__(self, phone: Phone, callback: str, base: str, log: int) -> None:
        self.id = new_id()
        self.chain = new_id()
        self.phone = phone
        self.callback = callback
        self.shown: Body = {}
        self.base = base
        self.legacy = False
        self.delta = False
        self.rosters = 0
        self.busy = 0
        self.ended_at: Millis | None = None
        self.other: Leg | None = None
        self.operations: dict[str, WireOperation] = {}
        self.outbox: deque[Notice] = deque()
        self.held: Notice | None = None
        self.after_end: list[Notice] = []
        self.log: deque[Exchange] = deque(maxlen=log)

    @property
    def me(self) -> str:
        """The bot's own id as a participant."""
        return self.phone.conference.people.me

    @property
    def caller(self) -> str:
        """The other party's id as a participant."""
        return self.phone.conference.people.caller

    @property
    def outgoing(self) -> bool:
        """Whether the bot began it."""
        return self.phone.call.outgoing or self.phone.call.meeting

    @property
    def tenant(self) -> str:
        """The tenant of the call."""
        return self.phone.call.tenant

    def keep(self, operation: WireOperation) -> None:
        """Remember an operation; the oldest is forgotten when there are too many."""
        self.operations[operation.id] = operation
        while len(self.operations) > MAX_OPERATIONS:
            del self.operations[next(iter(self.operations))]

    def url(self, path: str = "") -> str:
        """The address of the call, or of something in it, as a `Location`."""
        return f"{self.base}v1.0/communications/calls/{self.id}{path}"

    def body(self) -> Body:
        """The call resource as it is now."""
        media = None
        if self.phone.audio:
            media = {"@odata.type": "#microsoft.graph.callMediaState", "audio": "active"}
        return {
            "@odata.type": CALL,
            "id": self.id,
            **dict.fromkeys(UNSET_IN_RESPONSES),
            "state": STATES[self.phone.state],
            "direction": "outgoing" if self.outgoing else "incoming",
            "callbackUri": self.callback,
            "callChainId": self.chain,
            "tenantId": self.tenant,
            "myParticipantId": self.me,
            "callRoutes": [],
            "activeModalities": [],
            "routingPolicies": [],
            **self.shown,
            "mediaState": media,
        }
