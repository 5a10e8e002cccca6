"""Everything that a seed decides before a run begins; the rest is decided place by place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ivr.core.values import Caller, Millis
from ivr.simulator.phone.rules import Rules
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.faults import PLACES, WINDOWS, Window
from ivr.simulator.trials.flows import FLOWS, LONG
from ivr.simulator.trials.loop import SECOND, Micros

Profile = Literal["none", "one", "all"]
MINUTE = 60 * SECOND
SUNDAY: Millis = 1_772_323_200_000
"""The first moment of Sunday, 1 March 2026, UTC: runs begin at any time of the week after it."""
HOUR: Millis = 3_600_000
DAY: Millis = 24 * HOUR
WEEK: Millis = 7 * DAY
MOST_REPEATED = 20
LATEST: Micros = 60 * SECOND
CLOCK_JUMPS: tuple[Millis, ...] = (-3_600_000, -30_000, -1_500, 1_500, 30_000, 600_000)
HOW_MANY_NODES = (1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 4)
HOW_MANY_CALLS = (1, 1, 1, 1, 1, 1, 2, 2, 3)


class CallPlan(Struct, frozen=True):
    """One call: who rings whom and when, and for how long the other side stays at most.

    Nobody is `called` where the flow places the call itself.
    """

    call: str
    flow: str
    called: str
    caller: Caller
    rings_at: Micros
    patience: Micros
    rules: Rules


class Plan(Struct, frozen=True):
    """One run.

    `starts_at` is the time of day at its beginning; `faults_off` when the faults end. `retries` is
    how often the sender of notifications tries again, `in_order` whether it waits for an answer
    before it sends the next one of a call. `steady` callers do nothing but in answer to what they
    hear: not even hang up because they have waited long enough.
    """

    seed: int
    profile: Profile
    nodes: int
    starts_at: Millis
    faults_off: Micros
    retries: int
    in_order: bool
    calls: tuple[CallPlan, ...]
    rates: dict[str, float]
    windows: tuple[Window, ...]
    steady: bool = False


def plan_of(seed: int, profile: Profile = "all") -> Plan:
    """The run of a seed."""
    chance = Chance(seed)
    long = chance.happens(0.01, "long")
    nodes = chance.pick(HOW_MANY_NODES, "nodes")
    length = (50 * MINUTE if long else 35 * SECOND) + chance.between(0, 40, "length") * SECOND
    rates, windows = _faults(chance, profile, nodes, length)
    return Plan(
        seed=seed,
        profile=profile,
        nodes=nodes,
        starts_at=_beginning(chance),
        faults_off=length,
        retries=chance.pick((0, 1, 3), "retries"),
        in_order=profile == "none" or chance.happens(0.3, "in_order"),
        calls=tuple(_calls(chance, length, profile, long=long)),
        rates=rates,
        windows=windows,
    )


def _beginning(chance: Chance) -> Millis:
    """Any time of the week, more often than not one at which an office is open."""
    if chance.happens(0.4, "any time"):
        return SUNDAY + chance.between(0, WEEK, "starts_at")
    day = chance.between(1, 5, "weekday") * DAY
    return SUNDAY + day + chance.between(9 * HOUR, 17 * HOUR, "time of day")


def _calls(chance: Chance, length: Micros, profile: Profile, *, long: bool) -> list[CallPlan]:
    many = 1 if long else chance.pick(HOW_MANY_CALLS, "calls")
    return [_call(chance, number, length, profile, long=long) for number in range(many)]


def _call(chance: Chance, number: int, length: Micros, profile: Profile, *, long: bool) -> CallPlan:
    place = f"call {number}"
    flow = LONG if long else chance.pick(FLOWS, f"{place} flow")
    digits = chance.between(0, 999_999, f"{place} caller")
    latest = 5 * SECOND if long else length // 2
    return CallPlan(
        call=_id(chance, place) if flow.number else f"out-{chance.name(32, place)}",
        flow=flow.name,
        called=flow.number,
        caller=Caller("phone", f"+4420779{digits:06d}", f"Caller {digits:06d}"),
        rings_at=chance.between(0, latest, f"{place} rings") if number else 0,
        patience=length if long else chance.between(5, 80, f"{place} patience") * SECOND,
        rules=_rules(chance, place, profile),
    )


def _id(chance: Chance, place: str) -> str:
    """A call id as Graph writes it."""
    name = chance.name(32, f"{place} id")
    return f"{name[:8]}-{name[8:12]}-4{name[13:16]}-8{name[17:20]}-{name[20:]}"


def _rules(chance: Chance, place: str, profile: Profile) -> Rules:
    """The service's open questions, answered one way or the other."""

    def either(name: str) -> bool:
        return chance.happens(0.5, f"{place} {name}")

    usual = Rules(
        established=chance.pick((50, 200, 900), f"{place} established"),
        audio=chance.pick((0, 100, 700), f"{place} audio"),
        tones_need_audio=either("tones"),
        stop_key_is_a_tone_too=either("stop key"),
        clip_kept_on_hang_up=either("clip"),
        cut_operations_are_told=either("cut"),
        transfer_takes_audio=either("transfer"),
    )
    return _odd_rules(chance, place, usual) if profile == "all" else usual


def _odd_rules(chance: Chance, place: str, usual: Rules) -> Rules:
    """A service that is at fault for the whole call, in one way or another, now and then."""

    def now_and_then(name: str) -> bool:
        return chance.happens(0.04, f"{place} {name}")

    return replace(
        usual,
        stays_in_group=not chance.happens(0.2, f"{place} group"),
        may_remove=not chance.happens(0.2, f"{place} remove"),
        establishing_fails_after=5_000 if now_and_then("establishing") else 0,
        no_media_after_transfer=2_000 if now_and_then("after transfer") else 0,
        tones_lost_for=5_000 if now_and_then("tones lost") else 0,
        cancel_works=not now_and_then("cancel"),
        prompt_lasts=50 if now_and_then("prompt lasts") else 0,
    )


def _faults(
    chance: Chance, profile: Profile, nodes: int, length: Micros
) -> tuple[dict[str, float], tuple[Window, ...]]:
    if profile == "none":
        return {}, ()
    if profile == "one":
        name = chance.pick((*PLACES, *WINDOWS), "one fault")
        if name in PLACES:
            return {name: PLACES[name].alone * (0.1 + 0.9 * chance.draw("how often"))}, ()
        return {}, (_window(chance, name, nodes, length, "only"),)
    return _all(chance, nodes, length)


def _all(chance: Chance, nodes: int, length: Micros) -> tuple[dict[str, float], tuple[Window, ...]]:
    """Every kind, each at a rate of its own, some of them hardly ever."""
    rates = {
        name: kind.often * chance.draw(f"rate {name}") ** 3 * 2 for name, kind in PLACES.items()
    }
    windows = [
        _window(chance, name, nodes, length, "")
        for name in WINDOWS
        if chance.happens(0.18, f"window {name}")
    ]
    if chance.happens(0.15, "swizzle"):
        windows += _swizzle(chance, nodes, length)
    return rates, tuple(sorted(windows, key=lambda window: (window.begins, window.key)))


def _window(chance: Chance, name: str, nodes: int, length: Micros, mark: str) -> Window:
    place = f"{name} {mark}"
    begins = chance.between(0, length * 3 // 4, f"{place} begins")
    ends = begins + chance.between(200, 20_000, f"{place} lasts") * 1_000
    node = "" if name.endswith("_down") else f"n{chance.between(1, nodes, f'{place} node')}"
    amount = chance.pick(CLOCK_JUMPS, place) if name == "clock_jumped" else 0
    return Window(name, begins, min(ends, length), node, amount)


def _swizzle(chance: Chance, nodes: int, length: Micros) -> Sequence[Window]:
    """Links are cut one by one over a few seconds, and mended in another order."""
    names = [f"n{number + 1}" for number in range(nodes)]
    links = [(cut, node) for cut in ("store_cut", "graph_cut", "front_cut") for node in names]
    begins = chance.between(0, length // 2, "swizzle begins")
    all_cut = begins + 6 * SECOND
    return [
        Window(
            cut,
            begins + chance.between(0, 6_000, f"swizzle {cut} {node} off") * 1_000,
            min(all_cut + chance.between(0, 9_000, f"swizzle {cut} {node} on") * 1_000, length),
            node,
        )
        for cut, node in links
    ]
