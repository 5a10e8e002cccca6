"""`ivr calls`: the calls of a running node, from the command line."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ivr.cli.calls_client import Admin, node_url
from ivr.core.step import TraceEntry
from ivr.errors import NotSent, UsageError
from ivr.server.settings import Settings
from tests.cli.calls_site import BROKEN, BUSY, LATER, REACHED, Calls, Node
from tests.cli.shell import Shell
from tests.e2e.processes import free_port
from tests.server.api_site import AT, TOKEN, FakeDesk, line, row
from tests.simulator.on_loopback import served

CALL = "57dab8b1-894c-409a-b240-bd8beae78896"


# -- list, show, hang up -------------------------------------------------------------------


def test_calls_are_a_table_of_80_columns(calls: Calls, desk: FakeDesk) -> None:
    desk.rows = {
        CALL: row(CALL, flow="a_flow_with_a_very_long_name", state="a_state_with_a_long_name"),
        "b": row("b", started_at=AT - 9_000, ended_at=AT, result="", end="hung_up", flow=""),
    }
    ran = calls("list")
    head, live, over = ran.out.splitlines()
    assert (ran.code, head.split()[0]) == (0, "CALL")
    assert live.startswith(CALL)
    assert over.startswith("b ")
    assert over.endswith("hung_up")
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "hung_up" not in calls("list", "--live").out
    assert len(calls("list", "--limit", "1").out.splitlines()) == 2


def test_calls_are_one_json_document(calls: Calls, desk: FakeDesk) -> None:
    assert calls("list", "--json").json == {"calls": []}
    assert calls("list").out == "There are no calls.\n"
    desk.rows = {CALL: row(CALL)}
    [shown] = calls("list", "--json").json["calls"]
    assert (shown["id"], shown["live"]) == (CALL, True)


def test_a_call_shows_its_way_and_what_became_of_its_wishes(calls: Calls, desk: FakeDesk) -> None:
    desk.rows[CALL] = row(CALL, ended_at=AT + 65_000, result="confirmed", end="ended_by_us")
    move = TraceEntry("reminder", "greet", "1", "remind", "Right person")
    desk.journals[CALL] = [line(1, "tone_pressed", "play_prompts", trace=(move,), of=CALL)]
    ran = calls("show", CALL)
    assert ran.code == 0
    for told in ("confirmed (ended_by_us)", "1:05 min", "greet – 1 (Right person) → remind",
                 "reminder/flow.yaml:12", "play_prompts"):  # fmt: skip
        assert told in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert calls("show", CALL, "--json").json["effects"][0]["kind"] == "play_prompts"


def test_a_live_call_says_where_it_is(calls: Calls, desk: FakeDesk) -> None:
    desk.rows[CALL] = row(CALL)
    assert "live in greet (connected)" in calls("show", CALL).out


def test_a_call_is_ended_for_a_reason(calls: Calls, desk: FakeDesk) -> None:
    desk.rows[CALL] = row(CALL)
    assert calls("hangup", CALL).code == 2
    assert desk.hung_up == []
    assert CALL in calls("hangup", CALL, "--reason", "wrong list").out
    assert desk.hung_up == [(CALL, "wrong list")]
    assert calls("hangup", CALL, "--reason", "x", "--json").json == {"id": CALL}


@pytest.mark.parametrize("call_id", ["nobody", "out-0"])
def test_a_call_that_is_not_there_is_refused(calls: Calls, call_id: str) -> None:
    for arguments in (["show", call_id], ["hangup", call_id, "--reason", "x"]):
        ran = calls(*arguments)
        assert ran.code == 5
        assert "no call of that id" in ran.sentence


@pytest.mark.parametrize("call_id", ["", "../flows", "a/b", "a?b", "a b", "%2e"])
def test_what_is_no_id_is_not_asked_for(calls: Calls, call_id: str) -> None:
    ran = calls("show", call_id)
    assert (ran.code, "no id" in ran.sentence) == (2, True)


# -- the node ------------------------------------------------------------------------------


def test_without_a_token_nothing_is_sent(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IVR_ADMIN_TOKEN")
    ran = calls("list")
    assert (ran.code, "IVR_ADMIN_TOKEN" in ran.sentence) == (2, True)


def test_a_wrong_token_is_told(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_ADMIN_TOKEN", "guess-what")
    ran = calls("list")
    assert (ran.code, "IVR_ADMIN_TOKEN" in ran.err) == (5, True)
    assert "guess" not in ran.err


def test_the_token_may_lie_in_a_file(
    calls: Calls, ivr: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ivr.folder / "token").write_text(f"{TOKEN}\n")
    monkeypatch.delenv("IVR_ADMIN_TOKEN")
    monkeypatch.setenv("IVR_ADMIN_TOKEN_FILE", "token")
    assert calls("list").code == 0


def test_a_node_that_is_not_there_is_told(calls: Calls) -> None:
    ran = calls("list", "--url", f"http://127.0.0.1:{free_port()}")
    assert (ran.code, "--url" in ran.sentence) == (4, True)


@pytest.mark.parametrize("url", ["http://ivr.example", "ftp://127.0.0.1", "x", "https://u@h"])
def test_the_token_goes_over_https_or_loopback_only(calls: Calls, url: str) -> None:
    ran = calls("list", "--url", url)
    assert (ran.code, "--url" in ran.sentence) == (2, True)


def test_a_node_without_an_admin_api_is_told(calls: Calls) -> None:
    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("Not Found", 404)

    with served(Starlette(routes=[Route("/{path:path}", page)])) as url:
        ran = calls("list", "--url", url)
    assert (ran.code, "no admin API" in ran.sentence) == (2, True)


def test_a_store_that_is_gone_is_no_refusal(calls: Calls, desk: FakeDesk) -> None:
    desk.store = False
    ran = calls("list")
    assert (ran.code, "store" in ran.sentence) == (4, True)


@pytest.mark.parametrize(
    ("host", "public", "url"),
    [
        ("127.0.0.1", "https://ivr.example", "http://127.0.0.1:8080"),
        ("0.0.0.0", "https://ivr.example", "http://127.0.0.1:8080"),
        ("::", "", "http://[::1]:8080"),
        ("10.0.0.7", "https://ivr.example", "https://ivr.example"),
    ],
)
def test_the_node_is_found_by_the_settings(host: str, public: str, url: str) -> None:
    assert node_url(Settings(host=host, public_url=public)) == url


# -- one call ------------------------------------------------------------------------------

AT_HALF_TWO = ("--set", "starts_at=2026-12-01T14:30:00+00:00")


def test_one_call_is_placed_and_its_id_is_told(calls: Calls, desk: FakeDesk) -> None:
    ran = calls("dial", "reminder", "--set", f"phone={LATER}", *AT_HALF_TWO)
    [(call_id, placed)] = desk.placed.items()
    assert (ran.code, ran.out) == (0, f"{call_id}\n")
    assert placed.values["phone"] == LATER
    again = calls("dial", "reminder", "--set", f"phone={LATER}", *AT_HALF_TWO, "--json")
    assert again.json["id"] in desk.placed
    assert len(desk.placed) == 2


@pytest.mark.parametrize(
    ("phone", "code", "told"),
    [(REACHED, 0, "reached: confirmed"), (BUSY, 1, "not reached: busy"), (BROKEN, 1, "failed")],
)
def test_a_call_is_followed_to_its_end(calls: Calls, phone: str, code: int, told: str) -> None:
    ran = calls("dial", "reminder", "--set", f"phone={phone}", *AT_HALF_TWO, "--wait")
    assert ran.code == code
    assert told in ran.out.splitlines()[1]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([], "phone"),
        (["phone=020"], "phone"),
        (["phone="], "phone"),
        (["phon=+442079460101"], "did you mean `phone`?"),
        ([f"phone={REACHED}", f"phone={REACHED}"], "NAME=VALUE"),
        (["phone"], "NAME=VALUE"),
        (["=x"], "NAME=VALUE"),
    ],
)
def test_a_wrong_input_is_named(calls: Calls, desk: FakeDesk, given: list[str], named: str) -> None:
    pairs = [part for pair in given for part in ("--set", pair)]
    ran = calls("dial", "reminder", *pairs, *AT_HALF_TWO)
    assert ran.code == 2
    assert named in ran.sentence
    assert "442079" not in ran.err
    assert desk.placed == {}


def test_an_unknown_flow_is_refused(calls: Calls) -> None:
    ran = calls("dial", "remind")
    assert (ran.code, "there are: reminder" in ran.sentence) == (5, True)


@pytest.mark.parametrize(
    "arguments",
    [["--out", "x.csv"], ["--batch", "x"], ["--csv", "people.csv", "--wait"],
     ["--csv", "people.csv", "--set", "phone=x"], ["--at-once", "0"], ["--per-minute", "x"]],
)  # fmt: skip
def test_options_that_do_not_go_together_are_told(calls: Calls, arguments: list[str]) -> None:
    ran = calls("dial", "reminder", *arguments)
    assert (ran.code, ran.out) == (2, "")


# -- the client by itself -------------------------------------------------------------------


def test_a_node_that_is_away_for_a_moment_is_waited_for_and_not_for_ever(
    admin_node: Node, desk: FakeDesk
) -> None:
    waited: list[float] = []
    desk.store = False

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        desk.store = len(waited) == 3

    admin = Admin(admin_node.url, TOKEN, 60, sleep)
    assert admin.calls(1, live=False).calls == []
    assert len(waited) == 3
    desk.store = False
    with pytest.raises(NotSent):
        admin.calls(1, live=False)
    assert 30 < sum(waited[3:]) <= 60
    admin.close()


@pytest.mark.parametrize("token", ["", "a\nb", "ключ"])
def test_what_cannot_be_a_token_is_not_sent(token: str) -> None:
    with pytest.raises(UsageError, match="IVR_ADMIN_TOKEN"):
        Admin("http://127.0.0.1:8080", token)
