"""The OpenAPI 3.1 document of the simulator's own controls, `/sim/openapi.json`.

Bodies of requests come from the classes that check them, so the two cannot differ.
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from ivr import __version__
from ivr.core.values import Participant
from ivr.simulator.faults.fault import Fault
from ivr.simulator.faults.named import Named
from ivr.simulator.graph.asked import (
    AdmitAsked,
    CallAsked,
    JoinAsked,
    LeaveAsked,
    LobbyAsked,
    NamedAsked,
    NodesAsked,
    OutcomeAsked,
    PressAsked,
    SpeakAsked,
)
from ivr.simulator.graph.log import Exchange
from ivr.simulator.graph.results import STATES, Body
from ivr.simulator.phone.rules import Outcome
from ivr.simulator.phone.signals import Cut, DownReason, Result

ASKED = (
    CallAsked, OutcomeAsked, PressAsked, SpeakAsked, JoinAsked, LeaveAsked, AdmitAsked, LobbyAsked,
    NodesAsked, NamedAsked, Fault, Named, Participant, Exchange,
)  # fmt: skip
SCHEMAS = "#/components/schemas/"

TEXT: Body = {"type": "string"}
FLAG: Body = {"type": "boolean"}
NUMBER: Body = {"type": "integer"}
MAYBE_TEXT: Body = {"type": ["string", "null"]}
MAYBE_NUMBER: Body = {"type": ["integer", "null"]}


def _ref(name: str) -> Body:
    return {"$ref": SCHEMAS + name}


def _list(of: Body) -> Body:
    return {"type": "array", "items": of}


def _one_of(words: object, *, maybe: bool = False) -> Body:
    return {"enum": [word for word in get_args(words) if word] + ([None] if maybe else [])}


def _object(**members: Body) -> Body:
    return {"type": "object", "properties": members, "required": list(members)}


_SUMMARY: dict[str, Body] = {
    "id": TEXT,
    "state": {"enum": list(STATES.values())},
    "ended": _one_of(DownReason, maybe=True),
    "audio": FLAG,
    "direction": {"enum": ["incoming", "outgoing"]},
    "tenant": TEXT,
}
_STORY: dict[str, Body] = {
    "caller": _object(kind=TEXT, id=TEXT, name=TEXT),
    "called": TEXT,
    "listening": FLAG,
    "in_lobby": FLAG,
    "group": FLAG,
    "people": _list(_ref("Participant")),
    "on_hold": MAYBE_TEXT,
    "heard": _list(_ref("Heard")),
    "pressed": _list(_object(at_ms=NUMBER, key=TEXT, told=FLAG)),
    "clips": _list(_ref("Clip")),
    "transfers": _list(_ref("Transfer")),
    "invitations": _list(_ref("Invitation")),
    "announced": _list(_object(at_ms=NUMBER, recording=FLAG)),
    "routes": _list(_object(id=TEXT, sources=_list(TEXT), receivers=_list(TEXT))),
    "redirected_to": _list(_ref("Target")),
    "operations": _list({"type": "object"}),
    "wire": _list(_ref("Exchange")),
}
_SHOWN: dict[str, Body] = {
    "Problem": _object(error=TEXT),
    "Placed": _object(id=TEXT),
    "Summary": _object(**_SUMMARY),
    "Call": _object(**_SUMMARY, **_STORY),
    "Calls": _object(calls=_list(_ref("Summary"))),
    "Faults": _object(faults=_list(_ref("Fault"))),
    "Log": _object(exchanges=_list(_ref("Exchange"))),
    "Target": _object(kind=TEXT, id=TEXT, tenant=MAYBE_TEXT),
    "Heard": _object(
        name=TEXT,
        url=MAYBE_TEXT,
        started_ms=NUMBER,
        ended_ms=MAYBE_NUMBER,
        whole=FLAG,
        cut_by=_one_of(Cut, maybe=True),
        operation=TEXT,
    ),
    "Clip": _object(
        started_ms=NUMBER,
        seconds={"type": "number"},
        stopped_by=_one_of(Result),
        speech_ms=_list(_list(NUMBER)),
    ),
    "Transfer": _object(
        at_ms=NUMBER,
        to=_ref("Target"),
        replaces=MAYBE_TEXT,
        transferee=MAYBE_TEXT,
        outcome=_one_of(Outcome, maybe=True),
    ),
    "Invitation": _object(
        at_ms=NUMBER, to=_list(_ref("Target")), outcome=_one_of(Outcome, maybe=True)
    ),
    "Catalogue": _object(faults=_list(_ref("Named"))),
    "FaultAsked": {"anyOf": [_ref("NamedAsked"), _ref("Fault")]},
    "FaultPlanned": {"anyOf": [_ref("Faults"), _ref("Fault")]},
}

_CALL = {"name": "call", "in": "path", "required": True, "schema": TEXT}


def _answer(what: str, schema: str = "") -> Body:
    content = {"content": {"application/json": {"schema": _ref(schema)}}} if schema else {}
    return {"description": what, **content}


def _do(
    what: str, answer: str, *, asked: str = "", status: str = "200", call: bool = False
) -> Body:
    """One operation: what it does, what it answers, and which body it wants."""
    answers = {status: _answer("Done." if answer else "Done; no body.", answer)}
    if asked:
        answers["400"] = _answer("The body is not as it must be.", "Problem")
    if call:
        answers["404"] = _answer("There is no call of that id.", "Problem")
    if asked or what.startswith("Hang up"):
        answers["409"] = _answer("It cannot be done now.", "Problem")
    body = {"required": True, "content": {"application/json": {"schema": _ref(asked)}}}
    wanted: Body = {"requestBody": body} if asked else {}
    name = what.partition(":")[0].title().replace(" ", "")
    return {
        "operationId": name[:1].lower() + name[1:],
        "summary": what,
        **({"parameters": [_CALL]} if call else {}),
        **wanted,
        "responses": answers,
    }


_PATHS: Body = {
    "/sim/calls": {
        "get": _do("List calls: the newest first", "Calls"),
        "post": _do(
            "Place a call: a caller rings the bot", "Placed", asked="CallAsked", status="201"
        ),
    },
    "/sim/calls/{call}": {
        "get": _do("Show a call: what the caller heard and did, and its wire", "Call", call=True)
    },
    "/sim/calls/{call}/press": {
        "post": _do("Press keys: as the caller", "Summary", asked="PressAsked", call=True)
    },
    "/sim/calls/{call}/speak": {
        "post": _do("Speak: as the caller", "Summary", asked="SpeakAsked", call=True)
    },
    "/sim/calls/{call}/hangup": {"post": _do("Hang up: as the caller", "Summary", call=True)},
    "/sim/calls/{call}/transfer": {
        "post": _do(
            "Decide transfers: what the far end does, at once while it rings",
            "Summary",
            asked="OutcomeAsked",
            call=True,
        )
    },
    "/sim/calls/{call}/callee": {
        "post": _do(
            "Decide a callee: what the one does who rings because the bot calls him",
            "Summary",
            asked="OutcomeAsked",
            call=True,
        )
    },
    "/sim/calls/{call}/invite": {
        "post": _do(
            "Decide invitations: from now on, at once for those who ring",
            "Summary",
            asked="OutcomeAsked",
            call=True,
        )
    },
    "/sim/calls/{call}/join": {
        "post": _do(
            "Join a call: somebody does so by himself",
            "Placed",
            asked="JoinAsked",
            status="201",
            call=True,
        )
    },
    "/sim/calls/{call}/leave": {
        "post": _do("Leave a call: a participant does so", "Summary", asked="LeaveAsked", call=True)
    },
    "/sim/calls/{call}/admit": {
        "post": _do(
            "Let in: somebody who waits in the lobby, the bot if nobody is named",
            "Summary",
            asked="AdmitAsked",
            call=True,
        )
    },
    "/sim/callee": {
        "post": _do(
            "Decide callees: what those do whom the bot calls from now on",
            "OutcomeAsked",
            asked="OutcomeAsked",
        )
    },
    "/sim/lobby": {
        "post": _do(
            "Decide lobbies: whether meetings that the bot joins let it wait",
            "LobbyAsked",
            asked="LobbyAsked",
        )
    },
    "/sim/nodes": {
        "post": _do(
            "Set nodes: notifications go to one after the other", "NodesAsked", asked="NodesAsked"
        )
    },
    "/sim/catalogue": {"get": _do("List the catalogue: every fault with a name", "Catalogue")},
    "/sim/faults": {
        "get": _do("List faults: those that are not used up", "Faults"),
        "post": _do(
            "Inject a fault: by its name, or member by member",
            "FaultPlanned",
            asked="FaultAsked",
            status="201",
        ),
        "delete": _do("Clear faults: all of them", "", status="204"),
    },
    "/sim/log": {"get": _do("Show the log: all requests that came in", "Log")},
    "/sim/openapi.json": {"get": _do("Show this document: OpenAPI", "Document")},
}


def _anything(_: type) -> dict[str, Any]:
    """The bodies in a log are any JSON; msgspec wants to hear something of it."""
    return {"description": "Any JSON value."}


def _document() -> Body:
    _, schemas = msgspec.json.schema_components(
        ASKED, schema_hook=_anything, ref_template=SCHEMAS + "{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Controls of the Microsoft Graph calls simulator",
            "version": __version__,
            "description": "Place calls, be the caller, inject faults, read what happened.",
        },
        "paths": _PATHS,
        "components": {"schemas": {**schemas, **_SHOWN, "Document": {"type": "object"}}},
    }


DOCUMENT = _document()
