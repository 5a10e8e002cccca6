"""Bodies of posts to the webhook, in Graph's form, and what may be wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.graph.signing import TENANT
from tests.universe import CALL_ID

Body = dict[str, object]


def envelope(*entries: object) -> bytes:
    return json.dumps({"value": list(entries)}).encode()


def about(call: str, kind: str, resource: Mapping[str, object], change: str = "updated") -> Body:
    """One entry of an envelope."""
    return {
        "@odata.type": "#microsoft.graph.commsNotification",
        "changeType": change,
        "resourceUrl": f"/communications/calls/{call}",
        "resourceData": {"@odata.type": f"#microsoft.graph.{kind}", **resource},
    }


def incoming(call: str = CALL_ID, tenant: str = TENANT, **more: object) -> Body:
    """A call rings."""
    return about(
        call,
        "call",
        {
            "id": call,
            "state": "incoming",
            "tenantId": tenant,
            "source": {"identity": {"phone": {"id": "+442079460123"}}},
            "targets": [{"identity": {"applicationInstance": {"id": "1" * 8}}}],
            **more,
        },
        "created",
    )


def established(call: str = CALL_ID) -> Body:
    """The line is up and the caller can be heard."""
    return about(call, "call", {"state": "established", "mediaState": {"audio": "active"}})


def terminated(call: str = CALL_ID) -> Body:
    """The line is down."""
    return about(call, "call", {"state": "terminated"}, "deleted")


def tone(key: object, sequence: object = 1, call: str = CALL_ID) -> Body:
    """A key was pressed."""
    return about(
        call,
        "call",
        {"state": "established", "toneInfo": {"sequenceId": sequence, "tone": key}},
    )


def played(context: str, call: str = CALL_ID, kind: str = "playPromptOperation") -> Body:
    """An operation has come to its end."""
    return about(call, kind, {"clientContext": context, "status": "completed"}, "deleted")


def legacy(**more: object) -> bytes:
    """An incoming call in the old Skype form (FACTS.md 6.5)."""
    body = {"id": CALL_ID, "participants": [], "isMultiparty": False, "callState": "incoming",
            "presentedModalityTypes": ["Audio"]}  # fmt: skip
    return json.dumps({**body, **more}).encode()
