"""One simulated call as Graph shows it: ids, parties, operations and roster around a phone."""

from __future__ import annotations

from collections import deque

from msgspec import Struct, field

from ivr.core.values import Millis
from ivr.simulator.graph.errors import new_id
from ivr.simulator.graph.log import Exchange
from ivr.simulator.graph.results import STATES, Body
from ivr.simulator.graph.roster import Roster
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
    """One notification: what changed (`path` follows the call's address) and its resource."""

    kind: str
    change: str
    resource: object
    path: str = ""
    delay_ms: int = 0


class Leg:
    """The bot's side of one call.

    `shown` holds the members of the call resource that never change. `base` is the address under
    which the bot reached us last; links in notifications are made with it. `me` and `caller` are
    participant ids; `on_hold` is the participant who hears music, and the operation that plays it.
    """

    def __init__(self, phone: Phone, callback: str, base: str, log: int) -> None:
        self.id = new_id()
        self.chain = new_id()
        self.me = new_id()
        self.caller = new_id()
        self.phone = phone
        self.callback = callback
        self.shown: Body = {}
        self.base = base
        self.group = False
        self.legacy = False
        self.ended_at: Millis | None = None
        self.roster = Roster()
        self.operations: dict[str, WireOperation] = {}
        self.on_hold = ("", "")
        self.outbox: deque[Notice] = deque()
        self.held: Notice | None = None
        self.log: deque[Exchange] = deque(maxlen=log)

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
            "direction": "outgoing" if self.phone.call.outgoing else "incoming",
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
