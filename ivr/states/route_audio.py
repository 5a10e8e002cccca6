"""`route_audio`: who hears whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta, field

from ivr.core.acting import Acts, all_found
from ivr.core.effects import RouteAudio
from ivr.core.options import Texts, WithExits
from ivr.core.turn import Turn


class RouteAudioOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a route_audio may set."""

    places: ClassVar[Mapping[str, str]] = {"from": "text", "to": "text"}

    sources: Annotated[
        Texts,
        Meta(
            description="Who speaks: `self` for us, the `id` of a participant, an account or a "
            "number as a target; one or several.",
            examples=["self"],
        ),
    ] = field(name="from")
    receivers: Annotated[
        Texts,
        Meta(description="Who alone hears it, written likewise.", examples=["${env.expert}"]),
    ] = field(name="to")


class RouteAudioState(Acts[RouteAudioOptions]):
    """Make a private way for sound in a group call, such as a whisper to one participant.

    What those in `from` say is heard by those in `to`, and by nobody else.
    """

    name = "route_audio"
    Options = RouteAudioOptions
    example = """
whisper:
  type: route_audio
  from: self
  to: "${env.reception}"
  on:
    done: main_menu
    failed: finished
"""

    def act(self, turn: Turn, options: RouteAudioOptions) -> str:
        """Route, where everybody is found."""
        sources = all_found(turn, options.sources)
        receivers = all_found(turn, options.receivers)
        if not (sources and receivers):
            return ""
        return turn.emit(RouteAudio, sources=sources, receivers=receivers)
