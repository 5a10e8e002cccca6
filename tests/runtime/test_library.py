"""Bundles: new calls take the published one, a live call keeps its own to the end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ivr.core.program import Program
from ivr.core.snapshot import Snapshot, Visit
from ivr.errors import IvrError
from ivr.flow.bundle import Bundle
from ivr.flow.estimates import Estimates
from ivr.flow.overflow import overflow
from ivr.flow.unserved import unserved
from ivr.runtime.library import BundleLibrary
from tests.universe import SALES

FLOW = """
schema: 1
flow: greet
default: true
start: hello
prompts: { hello: "%s" }
states:
  hello: { type: prompt, prompt: hello, next: bye }
  bye: { type: hangup, result: greeted }
"""


class Desk:
    """A folder of one flow that an author edits, and the library of a node."""

    def __init__(self, folder: Path) -> None:
        self.flows, self.shelf = folder / "flows", folder / "data" / "bundles"
        self.library = self.restarted()

    def restarted(self) -> BundleLibrary:
        return BundleLibrary(self.shelf, {}, Estimates)

    def write(self, words: str) -> None:
        (self.flows / "greet").mkdir(parents=True, exist_ok=True)
        (self.flows / "greet" / "flow.yaml").write_text(FLOW % words, encoding="utf-8")

    def publish(self, words: str) -> Bundle:
        self.write(words)
        loaded = self.library.load(self.flows)
        assert loaded.bundle is not None, loaded.diagnostics
        self.library.publish(loaded.bundle, self.flows)
        return loaded.bundle


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def words_of(program: Program | None) -> str:
    assert program is not None
    return program.prompts["hello"].template.source


def call_of(bundle: Bundle) -> Snapshot:
    return Snapshot("one", bundle.name, 0, visits=[Visit("greet", "hello")])


def test_until_something_is_published_calls_are_turned_away(desk: Desk) -> None:
    assert desk.library.current is None
    assert desk.library.program_for("+442079460999") is unserved()


def test_loading_publishes_nothing(desk: Desk) -> None:
    desk.write("Good day.")
    assert desk.library.load(desk.flows).bundle is not None
    assert desk.library.current is None


def test_a_new_call_gets_the_latest_flow_and_a_live_one_its_own(desk: Desk) -> None:
    before = desk.publish("Good morning.")
    desk.publish("Good evening.")
    assert words_of(desk.library.program_for("")) == "Good evening."
    assert words_of(desk.library.program_of(call_of(before))) == "Good morning."


def test_a_live_call_finds_its_flow_after_a_restart_though_it_was_edited(desk: Desk) -> None:
    before = desk.publish("Good morning.")
    desk.write("Good evening.")
    assert words_of(desk.restarted().program_of(call_of(before))) == "Good morning."


def test_a_copy_that_somebody_has_edited_is_not_taken_for_the_flow_of_a_call(desk: Desk) -> None:
    before = desk.publish("Good morning.")
    edited = desk.shelf / before.name / "greet" / "flow.yaml"
    edited.write_text(FLOW % "Pay us.", encoding="utf-8")
    assert desk.restarted().program_of(call_of(before)) is None


@pytest.mark.parametrize("name", ["../../flows", "0" * 40, "", ".", "a/b"])
def test_a_bundle_that_nobody_published_is_not_found(desk: Desk, name: str) -> None:
    desk.publish("Good morning.")
    snapshot = Snapshot("one", name, 0, visits=[Visit("greet", "hello")])
    assert desk.library.program_of(snapshot) is None


@pytest.mark.parametrize("elsewhere", ["", SALES])
def test_a_call_for_which_there_was_no_room_goes_on_with_the_flow_for_that(
    desk: Desk, elsewhere: str
) -> None:
    library = BundleLibrary(desk.shelf, {}, Estimates, elsewhere)
    program = overflow(elsewhere)
    call = Snapshot("one", program.bundle, 0, visits=[Visit(program.flow, program.start)])
    assert library.program_of(call) is program
    turned_away = Snapshot("one", "builtin", 0, visits=[Visit("unserved", "turn_away")])
    assert library.program_of(turned_away) is unserved()


def test_a_call_that_was_sent_where_nobody_is_sent_any_more_has_no_flow(desk: Desk) -> None:
    program = overflow(SALES)
    call = Snapshot("one", program.bundle, 0, visits=[Visit(program.flow, program.start)])
    assert desk.library.program_of(call) is None


def test_a_call_that_is_in_no_flow_has_none(desk: Desk) -> None:
    bundle = desk.publish("Good morning.")
    assert desk.library.program_of(Snapshot("one", bundle.name, 0)) is None


def test_publishing_the_same_flows_again_keeps_one_copy(desk: Desk) -> None:
    bundle = desk.publish("Good morning.")
    desk.publish("Good morning.")
    assert [path.name for path in desk.shelf.iterdir()] == [bundle.name]


def test_flows_that_cannot_be_kept_are_not_published(desk: Desk) -> None:
    desk.write("Good morning.")
    bundle = desk.library.load(desk.flows).bundle
    assert bundle is not None
    desk.shelf.parent.mkdir(parents=True)
    desk.shelf.write_text("a file stands in the way")
    with pytest.raises(IvrError, match="could not be copied"):
        desk.library.publish(bundle, desk.flows)
    assert desk.library.current is None


def test_a_copy_that_was_cut_short_is_made_again(desk: Desk) -> None:
    before = desk.publish("Good morning.")
    shutil.move(desk.shelf / before.name, desk.shelf / f"{before.name}.part")
    desk.library = desk.restarted()
    desk.publish("Good morning.")
    assert words_of(desk.restarted().program_of(call_of(before))) == "Good morning."
