"""Bugs of HTTP to others, and of the simulator that stands for them.

The worst of them say that a request was not sent when it was: then it is sent twice.
"""

from __future__ import annotations

from mutants.mutant import Mutant

CLIPS = "ivr/graph/recordings.py"
SENDER = "ivr/net/sender.py"
TRANSPORT = "ivr/net/transport.py"
EGRESS = "ivr/net/egress.py"
BREAKER = "ivr/net/breaker.py"
GATE = "ivr/net/gate.py"
BUSINESS = "ivr/business/client.py"
NOTIFIER = "ivr/simulator/graph/notifier.py"
EXCHANGE = "ivr/simulator/graph/exchange.py"
SENT = ("tests/graph/test_sender.py",)
FETCHED = ("tests/graph/test_recordings.py",)
BROKEN = ("tests/net/test_breaker.py",)
ADMITTED = ("tests/net/test_gate.py",)
GUARDED = ("tests/net/test_egress.py",)
RUDE = ("tests/net/test_rude_services.py",)
BUSY = ("tests/business/test_client.py",)
FAULTS = ("tests/simulator/test_server_faults.py",)

MUTANTS = (
    Mutant(
        "a connection that drops after the request was read was never there",
        TRANSPORT,
        "            lost = httpx.RemoteProtocolError if journey.connected else httpx.ConnectError\n",
        "            lost = httpx.ConnectError\n",
        SENT,
    ),
    Mutant(
        "a request whose answer is late was not sent",
        TRANSPORT,
        "            late = httpx.ReadTimeout if journey.connected else httpx.ConnectTimeout\n",
        "            late = httpx.ConnectTimeout\n",
        SENT,
    ),
    Mutant(
        "the token of a recording goes to whatever host is named",
        CLIPS,
        '        return usual and f".{host}".endswith(self._hosts)\n',
        "        return usual\n",
        FETCHED,
    ),
    Mutant(
        "a host is Microsoft's if its name ends like it",
        CLIPS,
        'tuple("." + host.lower().lstrip("*.") for host in hosts)\n',
        'tuple(host.lower().lstrip("*.") for host in hosts)\n',
        FETCHED,
    ),
    Mutant(
        "a redirect takes the token of a recording along",
        CLIPS,
        '        answer = await self._sender.send("GET", location, headers, bounds=self._bounds)\n',
        '        answer = await self._sender.send("GET", location, headers, bounds=self._bounds)\n'
        '        if answer.status in {301, 302, 307, 308} and "location" in answer.headers:\n'
        '            location = answer.headers["location"]\n'
        '            answer = await self._sender.send("GET", location, headers)\n',
        FETCHED,
    ),
    Mutant(
        "half a recording is kept as if it were all",
        CLIPS,
        '    if answer.ending == "cut":\n'
        '        raise Temporary("The recording came only in part.")\n',
        "",
        FETCHED,
    ),
    Mutant(
        "only the first address of a name is looked at",
        EGRESS,
        '        if any(self.refuses(each["host"]) for each in found):\n',
        '        if self.refuses(found[0]["host"]):\n',
        GUARDED,
    ),
    Mutant(
        "an address inside another is not looked at",
        EGRESS,
        "    return [address] if address.version == 4 else [address, *_wrapped(address)]\n",
        "    return [address]\n",
        GUARDED,
    ),
    Mutant(
        "an address is looked at where it is written, not where its name leads",
        SENDER,
        "HonestTransport(verify, resolver)",
        "HonestTransport(verify)",
        GUARDED,
    ),
    Mutant(
        "a number that is an address in disguise is a name",
        "ivr/net/addresses.py",
        '    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):\n',
        '    if ":" in host:\n',
        GUARDED,
    ),
    Mutant(
        "a value may end its header and begin another",
        SENDER,
        "        _check_headers(headers)\n",
        "",
        GUARDED,
    ),
    Mutant(
        "an answer may be of any size",
        SENDER,
        '                if len(content) > limit:\n                    return b"", "too_long"\n',
        "",
        FETCHED,
    ),
    Mutant(
        "the breaker never opens",
        BREAKER,
        "            self._open(FIRST_PAUSE)\n",
        "            pass\n",
        BROKEN,
    ),
    Mutant(
        "the breaker never closes again",
        BREAKER,
        "        elif ok:\n            self._close()\n",
        "        elif ok:\n            self._probing = False\n",
        BROKEN,
    ),
    Mutant(
        "all rush at a service that may be back",
        BREAKER,
        "        if self._probing:\n            return PROBE_WAIT\n",
        "",
        BROKEN,
    ),
    Mutant(
        "a probe that is given up is waited for",
        BREAKER,
        "        if began >= self._since:\n            self._probing = False\n",
        "        if began > self._since:\n            self._probing = False\n",
        BROKEN,
    ),
    Mutant(
        "an answer that says no opens the breaker",
        SENDER,
        "_NOBODY_THERE = frozenset({502, 503, 504})\n",
        "_NOBODY_THERE = frozenset({500, 502, 503, 504})\n",
        RUDE,
    ),
    Mutant(
        "a service that is down is asked on and on, as it answers",
        SENDER,
        "            ok = answer.status not in _NOBODY_THERE\n",
        "            ok = True\n",
        RUDE,
    ),
    Mutant(
        "what is urgent waits for a connection like the rest",
        GATE,
        "            if not urgent:\n                await self._wait(host, patience)\n",
        "            await self._wait(host, patience)\n",
        ADMITTED,
    ),
    Mutant(
        "whoever is turned away keeps the connection",
        GATE,
        "        except NotSent:\n            self.give_back(host)\n            raise\n",
        "        except NotSent:\n            raise\n",
        ADMITTED,
    ),
    Mutant(
        "one bad host may take all connections",
        GATE,
        "        share = self._most if origin == self._home else self._share\n",
        "        share = self._most\n",
        ADMITTED,
    ),
    Mutant(
        "whoever gives up waiting for a connection takes a share along",
        GATE,
        "                except BaseException:\n"
        "                    host.share.release()\n"
        "                    raise\n",
        "                except BaseException:\n                    raise\n",
        ADMITTED,
    ),
    Mutant(
        "a Retry-After of a year is waited for",
        "ivr/net/retry_after.py",
        "        return min(float(value), MAX_DELAY)\n",
        "        return float(value)\n",
        ("tests/net/test_retry_after.py",),
    ),
    Mutant(
        "a Retry-After that is a date is none",
        "ivr/net/retry_after.py",
        "    return min(max(moment - now, 0.0), MAX_DELAY)\n",
        "    return None\n",
        ("tests/net/test_retry_after.py",),
    ),
    Mutant(
        "a business system that the flow does not name is asked",
        BUSINESS,
        '        if parts.netloc != request.host or is_forbidden(parts.hostname or ""):\n',
        '        if is_forbidden(parts.hostname or ""):\n',
        BUSY,
    ),
    Mutant(
        "half an answer of a business system is an answer",
        BUSINESS,
        '        if answer.ending != "whole":\n',
        '        if answer.ending == "too_long":\n',
        BUSY,
    ),
    Mutant(
        "the simulator carries out a request that was lost on the way",
        EXCHANGE,
        "        if fault.acts:\n",
        "        if True:\n",
        ("tests/simulator/test_server_requests.py",),
    ),
    Mutant(
        "the simulator tells once what it is to tell twice",
        NOTIFIER,
        "        copies = fault.copies if fault.duplicate else 1\n",
        "        copies = 1\n",
        FAULTS,
    ),
    Mutant(
        "the simulator does not repeat what was not taken",
        NOTIFIER,
        '            if 0 < status < (400 if repeats == "always" else 500):\n',
        '            if status or repeats == "always":\n',
        FAULTS,
    ),
    Mutant(
        "a fault of the simulator's is never used up",
        "ivr/simulator/faults/plan.py",
        "        fault.times -= 1\n",
        "",
        FAULTS,
    ),
)
