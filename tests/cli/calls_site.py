"""A node's admin API on loopback, over a desk of fakes, as `ivr calls` finds it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from ivr.server.api.app import ROOT, create_api
from tests.cli.shell import Ran, Shell
from tests.server.api_site import TOKEN, FakeDesk
from tests.simulator.on_loopback import served

HEAD = "phone,starts_at,first_name"
ROW = "{phone},2026-12-01T14:30:00+00:00,Zoë"
REACHED, BUSY, BROKEN = "+442079460101", "+442079460102", "+442079460103"
LATER = "+442079460199"
"""Somebody whose call goes on until a test ends it."""

ENDS = {
    REACHED: ("confirmed", "ended_by_us"),
    BUSY: ("busy", "busy"),
    BROKEN: ("failed", "failed"),
}


class Node:
    """A node at `url`, with its `desk`."""

    def __init__(self) -> None:
        self.desk = FakeDesk()
        self.desk.ends = dict(ENDS)
        self.app = Starlette(routes=[Mount(ROOT, app=create_api(TOKEN, self.desk))])
        self.url = ""


@contextmanager
def node() -> Iterator[Node]:
    """A node that listens."""
    made = Node()
    with served(made.app) as url:
        made.url = url
        yield made


def people(*phones: str, head: str = HEAD, row: str = ROW, separator: str = ",") -> str:
    """A file of people with these phones."""
    lines = [head, *(row.format(phone=phone) for phone in phones)]
    return "\n".join(lines).replace(",", separator) + "\n"


class Calls:
    """`ivr calls` against the node, and files beside it."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def __call__(self, *arguments: str | Path) -> Ran:
        return self._shell("calls", *arguments)

    def file(self, text: str | bytes, name: str = "people.csv") -> Path:
        path = self._shell.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def dial(self, text: str | bytes, *more: str) -> Ran:
        """Dial a file."""
        return self("dial", "reminder", "--csv", self.file(text), *more)

    def results(self, name: str = "out.csv") -> list[dict[str, str]]:
        """What was written to `--out`."""
        return list(csv.DictReader(io.StringIO((self._shell.folder / name).read_text("utf-8"))))
