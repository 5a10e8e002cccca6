"""A flow that was read: what the checks look at, and what is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ivr.core.options import StateOptions
from ivr.core.state_type import StateType
from ivr.flow.compile import Shared
from ivr.flow.document import Document
from ivr.flow.flow_options import FlowOptions
from ivr.speech.prompts_folder import RecordedPrompt


class CheckedState(NamedTuple):
    """A state that could be read."""

    type: StateType[StateOptions]
    options: StateOptions


@dataclass(frozen=True)
class CheckedFlow:
    """One flow, read as far as it could be."""

    document: Document
    options: FlowOptions
    states: Mapping[str, CheckedState]
    shared: Shared = field(default_factory=Shared)
    recordings: Mapping[str, RecordedPrompt] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The flow's name."""
        return self.options.flow
