"""Posts notifications to the bot: signed, in the order of each call, tried again a few times."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from urllib.parse import urljoin, urlsplit

import httpx

from ivr.net.addresses import split_url
from ivr.simulator.faults.fault import NOTIFICATION, Fault
from ivr.simulator.faults.plan import Faults
from ivr.simulator.graph.clock import FastClock
from ivr.simulator.graph.errors import new_id
from ivr.simulator.graph.leg import Leg, Notice
from ivr.simulator.graph.log import Exchange
from ivr.simulator.graph.notices import LAST
from ivr.simulator.graph.options import Options
from ivr.simulator.graph.signing import Signer
from ivr.simulator.graph.wire_form import Posted, legacy_form, wire_form

AGENT = "Microsoft-Skype/3.0,(Calling/1.0)"
FIRST_PAUSE = 200
MAX_MOVES = 3
LEGACY = {"legacy_first": 1, "legacy_twice": 2, "legacy_only": 1}
_NOTHING = Fault(NOTIFICATION)


class Notifier:
    """One sender for each call that has something to send, so one slow bot delays no other.

    With `nodes` (addresses without a path) each post goes to the next of them.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        signer: Signer,
        clock: FastClock,
        faults: Faults,
        options: Options,
    ) -> None:
        self.nodes: tuple[str, ...] = ()
        self._turn = 0
        self._client = client
        self._signer = signer
        self._clock = clock
        self._faults = faults
        self._options = options
        self._senders: dict[str, asyncio.Task[None]] = {}
        self._aside: set[asyncio.Task[None]] = set()

    def post(self, leg: Leg, notice: Notice) -> None:
        """Send a notification after those that wait, or do to it what a planned fault says."""
        fault = notice.fault = self._faults.take(NOTIFICATION, leg.id, notice.words)
        last = notice.kind == LAST
        if fault and fault.drop:
            lost = wire_form(leg, notice, self._options.spelling)
            self._log(leg, notice.kind, leg.callback, 0, shown=lost.shown, note="dropped")
            return
        if fault and fault.reorder and not last and leg.held is None:
            leg.held = notice
            return
        if fault and fault.after_end and not last and leg.ended_at is None:
            leg.after_end.append(notice)
            return
        if fault and fault.late_ms:
            self._send_aside(self._late(leg, notice, fault.late_ms))
            return
        leg.outbox.append(notice)
        if leg.held:
            leg.outbox.append(leg.held)
            leg.held = None
        if last:
            leg.outbox += leg.after_end
            leg.after_end.clear()
        self._send_on(leg)

    async def close(self) -> None:
        """Stop sending."""
        senders = [*self._senders.values(), *self._aside]
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    def _send_on(self, leg: Leg) -> None:
        if leg.id not in self._senders:
            self._senders[leg.id] = asyncio.create_task(self._send_all(leg))

    def _send_aside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def _send_all(self, leg: Leg) -> None:
        try:
            while leg.outbox:
                await self._send(leg, leg.outbox.popleft())
        finally:
            del self._senders[leg.id]

    async def _late(self, leg: Leg, notice: Notice, late_ms: int) -> None:
        await asyncio.sleep(late_ms / 1000)
        await self._send(leg, notice)

    async def _send(self, leg: Leg, notice: Notice) -> None:
        fault = notice.fault or _NOTHING
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        copies = fault.copies if fault.duplicate else 1
        if fault.parallel:
            await asyncio.gather(*(self._send_one(leg, notice) for _ in range(copies)))
            return
        for number in range(copies):
            if number:
                await asyncio.sleep(fault.gap_ms / 1000)
            await self._send_one(leg, notice)

    async def _send_one(self, leg: Leg, notice: Notice) -> None:
        if notice.kind == "incoming":
            asked = notice.fault.body if notice.fault else None
            times = LEGACY.get(asked or "", int(leg.legacy))
            leg.legacy = False
            for _ in range(times):
                if await self._deliver(leg, notice, legacy_form(leg)) != 204:
                    return
            if asked == "legacy_only":
                return
        await self._deliver(leg, notice, wire_form(leg, notice, self._options.spelling))

    async def _deliver(self, leg: Leg, notice: Notice, posted: Posted) -> int:
        """Post one body until it is taken; returns the status, 0 when nobody answered."""
        message = new_id()
        repeats = notice.fault.repeats if notice.fault else None
        status = 0
        for attempt in range(1 if repeats == "never" else self._options.tries):
            await self._clock.sleep(FIRST_PAUSE * 2**attempt if attempt else 0)
            headers = self._headers(leg, notice, posted, message, again=attempt > 0)
            status = await self._follow(leg, notice, posted, headers)
            if 0 < status < (400 if repeats == "always" else 500):
                break
        return status

    async def _follow(
        self, leg: Leg, notice: Notice, posted: Posted, headers: Mapping[str, str]
    ) -> int:
        """Post, and post an incoming call again where a 302 sends it."""
        url = self._next_node(leg.callback)
        for _ in range(MAX_MOVES):
            status, moved = await self._post(leg, notice, url, posted, headers)
            if status != 302 or notice.kind != "incoming" or split_url(moved) is None:
                break
            url = moved
        return status

    def _next_node(self, url: str) -> str:
        if not self.nodes:
            return url
        self._turn += 1
        node = urlsplit(self.nodes[self._turn % len(self.nodes)])
        return urlsplit(url)._replace(scheme=node.scheme, netloc=node.netloc).geturl()

    async def _post(
        self, leg: Leg, notice: Notice, url: str, posted: Posted, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        status, moved, note = 0, "", ""
        try:
            response = await self._client.post(url, content=posted.raw, headers=dict(headers))
            status, moved = response.status_code, response.headers.get("location", "")
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            note = type(failed).__name__
        self._log(leg, notice.kind, url, status, shown=posted.shown, note=note)
        return status, urljoin(url, moved) if moved else ""

    def _headers(
        self, leg: Leg, notice: Notice, posted: Posted, message: str, *, again: bool
    ) -> dict[str, str]:
        charset = f"; charset={posted.charset}" if posted.charset else ""
        signed = notice.fault.signed if notice.fault else None
        token = self._signer.token(leg.tenant, signed)
        return {
            **({"Authorization": f"Bearer {token}"} if token else {}),
            "Content-Type": f"application/json{charset}",
            "User-Agent": AGENT,
            "Scenario-ID": leg.chain,
            "X-Microsoft-Skype-Chain-ID": leg.chain,
            "X-Microsoft-Skype-Message-ID": message,
            **({"X-Microsoft-Skype-Original-Message-ID": message} if again else {}),
        }

    def _log(self, leg: Leg, kind: str, url: str, status: int, *, shown: object, note: str) -> None:
        leg.log.append(
            Exchange(self._clock.now(), "sent", "POST", url, status, kind, body=shown, note=note)
        )
