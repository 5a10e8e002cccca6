"""Posts notifications to the bot: signed, in the order of each call, tried again a few times."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urljoin

import httpx
import msgspec

from ivr.net.addresses import split_url
from ivr.simulator.graph.clock import FastClock
from ivr.simulator.graph.errors import new_id
from ivr.simulator.graph.faults import NOTIFICATION, Faults
from ivr.simulator.graph.leg import Leg, Notice
from ivr.simulator.graph.log import Exchange, masked
from ivr.simulator.graph.notices import LAST, envelope, legacy
from ivr.simulator.graph.options import Options
from ivr.simulator.graph.results import Body
from ivr.simulator.graph.signing import Signer
from ivr.simulator.graph.spelling import spell

AGENT = "Microsoft-Skype/3.0,(Calling/1.0)"
FIRST_PAUSE = 200
MAX_MOVES = 3


class Notifier:
    """One sender for each call that has something to send, so one slow bot delays no other."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        signer: Signer,
        clock: FastClock,
        faults: Faults,
        options: Options,
    ) -> None:
        self._client = client
        self._signer = signer
        self._clock = clock
        self._faults = faults
        self._options = options
        self._senders: dict[str, asyncio.Task[None]] = {}

    def post(self, leg: Leg, notice: Notice) -> None:
        """Send a notification after those that wait, or do to it what a planned fault says."""
        fault = self._faults.take(NOTIFICATION, leg.id)
        if fault and fault.drop:
            body = envelope(leg, notice)
            self._log(leg, notice.kind, leg.callback, 0, body=body, note="dropped")
            return
        if fault and fault.reorder and notice.kind != LAST and leg.held is None:
            leg.held = notice
            return
        notice.delay_ms = fault.delay_ms if fault else 0
        leg.outbox.extend([notice] * (2 if fault and fault.duplicate else 1))
        if leg.held:
            leg.outbox.append(leg.held)
            leg.held = None
        self._send_on(leg)

    async def close(self) -> None:
        """Stop sending."""
        senders = list(self._senders.values())
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    def _send_on(self, leg: Leg) -> None:
        if leg.id not in self._senders:
            self._senders[leg.id] = asyncio.create_task(self._send_all(leg))

    async def _send_all(self, leg: Leg) -> None:
        try:
            while leg.outbox:
                await self._send(leg, leg.outbox.popleft())
        finally:
            del self._senders[leg.id]

    async def _send(self, leg: Leg, notice: Notice) -> None:
        await asyncio.sleep(notice.delay_ms / 1000)
        if notice.kind == "incoming" and leg.legacy:
            leg.legacy = False
            status = await self._deliver(leg, notice, legacy(leg))
            if status != 204:
                return
        await self._deliver(leg, notice, spell(envelope(leg, notice), self._options.spelling))

    async def _deliver(self, leg: Leg, notice: Notice, body: Body) -> int:
        """Post one body until it is taken; returns the status, 0 when nobody answered."""
        message = new_id()
        status = 0
        for attempt in range(self._options.tries):
            await self._clock.sleep(FIRST_PAUSE * 2**attempt if attempt else 0)
            headers = self._headers(leg, message, again=attempt > 0)
            status = await self._follow(leg, notice, body, headers)
            if 0 < status < 500:
                break
        return status

    async def _follow(
        self, leg: Leg, notice: Notice, body: Body, headers: Mapping[str, str]
    ) -> int:
        """Post, and post an incoming call again where a 302 sends it."""
        url = leg.callback
        for _ in range(MAX_MOVES):
            status, moved = await self._post(leg, notice, url, body, headers)
            if status != 302 or notice.kind != "incoming" or split_url(moved) is None:
                break
            url = moved
        return status

    async def _post(
        self, leg: Leg, notice: Notice, url: str, body: Body, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        status, moved, note = 0, "", ""
        try:
            raw = msgspec.json.encode(body)
            response = await self._client.post(url, content=raw, headers=dict(headers))
            status, moved = response.status_code, response.headers.get("location", "")
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            note = type(failed).__name__
        self._log(leg, notice.kind, url, status, body=body, note=note)
        return status, urljoin(url, moved) if moved else ""

    def _headers(self, leg: Leg, message: str, *, again: bool) -> dict[str, str]:
        charset = "; charset=Windows-1252" if self._options.spelling.windows_charset else ""
        headers = {
            "Authorization": f"Bearer {self._signer.token(leg.tenant)}",
            "Content-Type": f"application/json{charset}",
            "User-Agent": AGENT,
            "Scenario-ID": leg.chain,
            "X-Microsoft-Skype-Chain-ID": leg.chain,
            "X-Microsoft-Skype-Message-ID": message,
        }
        return {**headers, "X-Microsoft-Skype-Original-Message-ID": message} if again else headers

    def _log(self, leg: Leg, kind: str, url: str, status: int, *, body: Body, note: str) -> None:
        shown = masked(body)
        leg.log.append(
            Exchange(self._clock.now(), "sent", "POST", url, status, kind, body=shown, note=note)
        )
