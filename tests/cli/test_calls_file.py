"""`ivr calls dial --csv`: a file of people, checked before anybody is called, and called once."""

from __future__ import annotations

import csv
import io
import os
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from ivr.cli.calls_batch import Batch, Outcome, Pace
from ivr.cli.calls_client import Admin
from ivr.cli.calls_people import Person, read_people
from ivr.cli.calls_results import as_csv
from tests.cli.calls_site import BROKEN, BUSY, LATER, REACHED, ROW, Calls, Node, people
from tests.server.api_site import TOKEN, FakeDesk

# -- a file of calls -----------------------------------------------------------------------


def test_everybody_in_a_file_is_called_once(calls: Calls, desk: FakeDesk) -> None:
    file = people(REACHED, BUSY, BROKEN)
    ran = calls.dial(file, "--out", "out.csv")
    assert ran.code == 1
    *lines, summary, place = ran.out.splitlines()
    assert len(lines) == 3
    assert summary == "3 people: 1 reached, 1 not reached, 1 failed."
    assert "out.csv" in place
    assert "4420794" not in ran.out
    assert "+44…101" in ran.out
    assert [(each["row"], each["result"], each["attempts"]) for each in calls.results()] == [
        ("1", "confirmed", "1"), ("2", "busy", "1"), ("3", "failed", "1"),
    ]  # fmt: skip
    assert {each["call"] for each in calls.results()} == set(desk.placed)
    assert desk.placed[calls.results()[0]["call"]].values["first_name"] == "Zoë"
    before = dict(desk.placed)
    assert calls.dial(file, "--out", "out.csv").code == 1
    assert desk.placed == before, "the same file calls nobody again"
    assert len(calls.results()) == 3


def test_another_batch_or_another_file_calls_everybody_again(calls: Calls, desk: FakeDesk) -> None:
    file = people(REACHED)
    for text, more in ((file, ()), (file, ("--batch", "december")), (file + "\n", ())):
        assert calls.dial(text, *more).code == 0
    assert len(desk.placed) == 3


def test_a_file_gives_one_json_document(calls: Calls) -> None:
    found = calls.dial(people(REACHED, BUSY), "--json").json
    assert (found["people"], found["left"]) == (2, 0)
    assert [(each["how"], each["result"]) for each in found["rows"]] == [
        ("reached", "confirmed"), ("not_reached", "busy"),
    ]  # fmt: skip


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_files_are_read_as_spreadsheets_write_them(
    calls: Calls, desk: FakeDesk, separator: str, mark: bytes, ending: str
) -> None:
    text = people(REACHED, BUSY, separator=separator).replace("\n", ending)
    calls.dial(mark + text.encode())
    assert [placed.values["phone"] for placed in desk.placed.values()] == [REACHED, BUSY]


def test_a_cell_may_hold_separators_and_lines(calls: Calls, desk: FakeDesk) -> None:
    row = '{phone},2026-12-01T14:30:00+00:00,"Zoë, the\nsecond"'
    assert calls.dial(people(REACHED, REACHED, row=row)).code == 0
    names = [placed.values["first_name"] for placed in desk.placed.values()]
    assert names == ["Zoë, the\nsecond"] * 2


def test_empty_cells_are_not_given_and_empty_lines_are_nobody(calls: Calls, desk: FakeDesk) -> None:
    row = "{phone},2026-12-01T14:30:00+00:00,"
    assert calls.dial(people(REACHED, row=row) + "\n,,\n").code == 0
    [placed] = desk.placed.values()
    assert "first_name" not in placed.values


GOOD = people(REACHED, BUSY)
BAD_FILES = [
    ("", "first line"),
    ("\n\n", "first line"),
    ("phone,starts_at\n", "nobody"),
    (GOOD.replace("phone", "phone,phone", 1), "line 1: the column `phone` is there twice"),
    (GOOD.replace("first_name", ""), "line 1: column 3 has no name"),
    (GOOD.replace("first_name", "firstname"), "did you mean `first_name`?"),
    (GOOD.replace("phone,", "first_name,", 1).replace(",first_name", "", 1), "phone"),
    (people(head=ROW.format(phone=REACHED)), "`+44…101` is not an input"),
    (GOOD.replace(BUSY, "020 7946 0102"), "line 3, column phone: the value is not a phone number"),
    (GOOD.replace(BUSY, "442079460102"), "line 3, column phone"),
    (GOOD.replace(BUSY, ""), "line 3, column phone: it is empty"),
    (GOOD.replace(BUSY, f'"{BUSY}'), "line 3: a quotation mark"),
    (GOOD.replace(",Zoë", ""), "line 2: there are 2 values for 3 columns"),
    (GOOD.replace("Zoë", "Zoë,x"), "line 2: there are 4 values for 3 columns"),
    (GOOD.replace("Zoë", "Z\x00e"), "line 2: there is a character that cannot be seen"),
    (GOOD.replace("Zoë", "Z\x1b[31me"), "line 2: there is a character that cannot be seen"),
    (GOOD.encode("latin-1"), "line 2: this is not UTF-8"),
    (GOOD.encode("utf-16"), "line 1: this is not UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), BAD_FILES, ids=lambda each: repr(each)[:30])
def test_a_bad_file_is_told_with_its_line_before_anybody_is_called(
    calls: Calls, desk: FakeDesk, text: str | bytes, told: str
) -> None:
    ran = calls.dial(text)
    assert ran.code == 2
    assert told in ran.sentence
    assert "people.csv" in ran.sentence
    assert "79460101" not in ran.err
    assert desk.placed == {}


def test_the_line_of_a_row_is_where_it_begins(calls: Calls) -> None:
    row = '{phone},2026-12-01T14:30:00+00:00,"two\nlines"'
    ran = calls.dial(people(REACHED, "nobody", row=row))
    assert "line 4, column phone" in ran.sentence


def test_a_file_that_is_not_there_is_told(calls: Calls) -> None:
    assert "nowhere.csv" in calls("dial", "reminder", "--csv", "nowhere.csv").sentence


@pytest.mark.parametrize("out", ["people.csv", "nowhere/out.csv", "flows"])
def test_results_that_cannot_be_written_are_told_before_anybody_is_called(
    calls: Calls, desk: FakeDesk, out: str
) -> None:
    ran = calls.dial(people(REACHED), "--out", out)
    assert (ran.code, "--out" in ran.sentence) == (2, True)
    assert desk.placed == {}


def test_cells_that_a_spreadsheet_would_run_are_quoted() -> None:
    someone = Person(1, 2, {})
    text = as_csv([
        Outcome(someone, "reached", "out-1", "=cmd|x"), Outcome(someone, "failed", error="-1"),
        Outcome(someone, "failed", error="@sum"), Outcome(someone, "failed", error="\tx"),
        Outcome(someone, "goes_on", "+1"),
    ])  # fmt: skip
    cells = [cell for cells in csv.reader(io.StringIO(text)) for cell in cells]
    assert {"'=cmd|x", "'-1", "'@sum", "'\tx", "'+1", "not over yet"} <= set(cells)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


def test_interrupted_it_stops_and_can_be_given_again(calls: Calls, desk: FakeDesk) -> None:
    file = people(REACHED, LATER, BUSY, BROKEN)
    desk.at_dial[3] = lambda: os.kill(os.getpid(), signal.SIGINT)
    ran = calls.dial(file, "--out", "out.csv")
    assert ran.code == 130
    assert "Traceback" not in ran.err
    assert "nobody twice" in ran.out
    begun = [(each["row"], each["error"]) for each in calls.results()]
    assert begun[:2] == [("1", "not over yet"), ("2", "not over yet")]
    desk.end(calls.results()[1]["call"], "moved", "hung_up")
    assert calls.dial(file, "--out", "out.csv").code == 1
    results = [each["result"] for each in calls.results()]
    assert results == ["confirmed", "moved", "busy", "failed"]
    assert len(desk.placed) == 4


# -- the run by itself, on a clock of its own ------------------------------------------------


class Run:
    """A run over a file, of calls that last `seconds`."""

    def __init__(self, admin_node: Node, folder: Path, count: int, pace: Pace) -> None:
        self.desk, self.time, self.busiest = admin_node.desk, 0.0, 0
        self.began: dict[str, float] = {}
        self.admin = Admin(admin_node.url, TOKEN)
        (folder / "people.csv").write_text(people(*(f"+4420794602{n:02}" for n in range(count))))
        rows = read_people(folder / "people.csv", self.admin.flow("reminder"))
        self.batch = Batch(
            self.admin, "reminder", "", rows, pace, self, lambda: self.time, self.sleep
        )

    def finished(self, outcome: Outcome) -> None:
        """See `Watcher`."""

    def sleep(self, seconds: float) -> None:
        """Time passes: every call lasts ten seconds."""
        for call_id in self.desk.placed.keys() - self.began.keys():
            self.began[call_id] = self.time
        live = [each for each in self.desk.rows.values() if each.ended_at is None]
        self.busiest = max(self.busiest, len(live))
        self.time += seconds
        for each in live:
            if self.time - self.began[each.call_id] >= 10:
                self.desk.end(each.call_id, "confirmed", "hung_up")


def test_only_so_many_are_called_at_once(admin_node: Node, desk: FakeDesk, tmp_path: Path) -> None:
    run = Run(admin_node, tmp_path, 12, Pace(at_once=4))
    run.batch.run()
    assert run.busiest == 4
    assert len(run.batch.outcomes) == 12
    run.admin.close()


def test_only_so_many_are_called_in_a_minute(
    admin_node: Node, desk: FakeDesk, tmp_path: Path
) -> None:
    run = Run(admin_node, tmp_path, 6, Pace(at_once=100, per_minute=30))
    run.batch.run()
    began = sorted(run.began.values())
    assert all(later - earlier >= 1.9 for earlier, later in pairwise(began))
    again = Run(admin_node, tmp_path, 6, Pace(at_once=100, per_minute=30))
    again.batch.run()
    assert again.time == 0, "who was called in an earlier run is not waited for"
    for each in (run, again):
        each.admin.close()
