"""A stateful Microsoft Graph for calling bots, on loopback: `create_app` makes the Starlette app.

It serves the calls, participants, operations, audio-routing and online-meeting routes of Graph v1.0
(under `/v1.0`, `/communications/calls` and the older `/app/calls` alike), the token endpoint of any
tenant, the documents with which msal and webhooks find their keys, recordings, and its own controls
under `/sim`. It really fetches prompts, and really posts signed notifications.

It is strict where a lenient fake would hide a bug: unknown members, enumeration members in the
wrong case, limits, states, tenants, what only group calls can do, and from which lines telephones
can be reached are checked, and refused as Graph refuses them. Faults are injected by the names of
`ivr.simulator.faults.catalogue`, or member by member.

What it does not imitate:

- Permissions, consent, licences and registration, apart from two rules: whether the bot stays in a
  group call, and whether it may remove participants.
- Media hosted by the application, video, screen sharing, streaming, real speech. A recording
  holds a tone where the caller spoke; hold music is fetched and not heard.
- Throttling and quotas, unless a fault asks for them; regions and the real latency of the cloud.
- Identities in encrypted form, call routes, policy recording, content sharing, the chat of a
  meeting, and the people of a meeting besides its organizer, unless a tester lets them join.
  Meetings that were not made here can be joined too, by whatever tells which one is meant.
- What Graph tells of a transfer of one participant out of a group call, which nobody has
  documented: here the roster tells that he is gone, or `established` comes with the failure.
- Graph's retry policy for notifications, which nobody has documented: here it is a few tries on
  errors of the connection and on 5xx, and 4xx is final, unless a fault says otherwise.
- Storage: everything is in memory, bounded, and gone with the process.
- TLS: it speaks plain http. msal insists on https addresses, so the discovery documents name
  them on its own host and port, and a client on loopback has to send those over http.
- A dropped request or answer is a gateway's 502 that breaks off: its outcome is unknown. A
  connection that is refused has to be made with the network (`ivr.simulator.faults.network`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ivr.simulator.graph.calls import unknown_path
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import ControlError, control_error, error_response, new_id
from ivr.simulator.graph.options import Options, Spelling
from ivr.simulator.graph.routes import routes_of

__all__ = ["GraphServer", "Options", "Spelling", "create_app"]

_DEFAULT = Options()


def create_app(
    webhook: str,
    app_id: str,
    tenant: str,
    *,
    options: Options = _DEFAULT,
    client: httpx.AsyncClient | None = None,
) -> Starlette:
    """The simulator as an ASGI application; its `state.graph` is the `GraphServer`.

    `webhook` is the bot's address for incoming calls, `app_id` and `tenant` its registration. Give
    a `client` to send notifications and fetch prompts some other way than over the network.
    """
    server = GraphServer(webhook, app_id, tenant, options, client)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await server.close()

    app = Starlette(
        routes=routes_of(server),
        lifespan=lifespan,
        exception_handlers={HTTPException: _no_such_route},
    )
    app.state.graph = server
    return app


async def _no_such_route(request: Request, _: Exception) -> Response:
    if request.url.path.startswith("/sim"):
        return control_error(ControlError("There is no such control: see /sim/openapi.json.", 404))
    request_id = new_id()
    return error_response(unknown_path(), request_id, request_id)
