"""Which flow takes an incoming call: at most one may claim it, and every flow should be reached."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic, Related

NEEDS = ("default", "numbers", "users", "call_out", "join", "outcomes")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Claims that an earlier flow makes too, and a flow that no call reaches."""
    if not flow.is_incoming:
        return
    incoming = [other for other in flow.siblings.values() if other.is_incoming]
    options = flow.options
    if options.default:
        rival = _first(flow, [other for other in incoming if other.options.default])
        if rival is not None:
            message = "another flow is the default flow already"
            yield _twice(flow, ("default",), rival, ("default",), message)
    yield from _addresses(flow, incoming)
    claims = options.default or options.numbers or options.users
    if not claims and len(incoming) > 1:
        message = "no incoming call ever reaches this flow"
        advice = "give it `numbers:` or `users:`, or `default: true`"
        yield flow.at(Code.NO_CALLS, ("flow",), message, help=advice)


def _addresses(flow: CheckedFlow, incoming: list[CheckedFlow]) -> Iterator[Diagnostic]:
    for section in ("numbers", "users"):
        for index, address in enumerate(getattr(flow.options, section)):
            rival = _first(flow, [o for o in incoming if address in getattr(o.options, section)])
            if rival is not None:
                at = getattr(rival.options, section).index(address)
                message = "another flow takes the calls to this one already"
                yield _twice(flow, (section, index), rival, (section, at), message)


def _first(flow: CheckedFlow, rivals: list[CheckedFlow]) -> CheckedFlow | None:
    """The flow that has the claim first, if that is another one."""
    return rivals[0] if rivals and rivals[0] is not flow else None


def _twice(
    flow: CheckedFlow, path: Path, rival: CheckedFlow, other: Path, message: str
) -> Diagnostic:
    place = rival.document.where(other)
    related = (Related(place, f"the flow {rival.name} does", rival.document.file),)
    advice = "a call goes to one flow: keep one of the two"
    return flow.at(Code.TWO_CLAIMS, path, message, help=advice, related=related)
