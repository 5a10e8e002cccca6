"""The table of results: what the documented numbers mean, and that unknown ones mean something."""

from __future__ import annotations

import pytest

from ivr.core.events import EndReason, Failure
from ivr.graph.meanings import MEANINGS
from ivr.graph.request import Subject
from ivr.graph.results import (
    RequestError,
    end_reason,
    explained,
    missed,
    operation_failure,
    request_error,
    transfer_failure,
)

DOCUMENTED_ENDS: list[tuple[int, list[int], EndReason]] = [
    (200, [4097, 4521, 5001, 5002, 5003, 5007, 5010, 5012, 5013, 5014], "hung_up"),
    (200, [5020, 5030, 18503, 540000, 560000], "hung_up"),
    (200, [5000, 5300], "removed"),
    (200, [5855], "not_reached"),
    (200, [7000, 10550], "ended_by_us"),
    (200, [7015], "transferred"),
    (0, [7015], "transferred"),
    (408, [1106, 8537], "failed"),
    (408, [10057], "no_answer"),
    (408, [8544], "not_reached"),
    (410, [301005], "failed"),
    (480, [10037, 10076, 10134, 10199], "not_reached"),
    (480, [8541, 10077, 10078], "not_reached"),
    (480, [10004, 560480], "no_answer"),
    (408, [560408], "no_answer"),
    (486, [8539, 540486, 560486], "busy"),
    (600, [8540], "busy"),
    (603, [8538, 560603], "declined"),
    (487, [10024], "declined"),
    (404, [560404], "not_reached"),
    (412, [10073], "not_reached"),
    (403, [10151, 560403, 510403], "not_reached"),
    (500, [1005, 7106, 3003, 1999, 7112], "failed"),
]
"""The table of call-delete, and what was seen besides (FACTS.md 9.1)."""


@pytest.mark.parametrize(("code", "subcodes", "reason"), DOCUMENTED_ENDS)
def test_documented_ends(code: int, subcodes: list[int], reason: EndReason) -> None:
    assert {end_reason(code, subcode) for subcode in subcodes} == {reason}


@pytest.mark.parametrize(
    ("code", "subcode", "reason"),
    [
        (None, None, "hung_up"),
        (0, None, "hung_up"),
        (204, 99, "hung_up"),
        (404, 99, "not_reached"),
        (408, 13025, "no_answer"),
        (480, None, "not_reached"),
        (486, 0, "busy"),
        (600, None, "busy"),
        (603, 0, "declined"),
        (487, 0, "hung_up"),
        (487, 10003, "not_reached"),
        (503, None, "failed"),
        (500, 7000, "failed"),
        (500, 5000, "failed"),
        (302, None, "failed"),
        (-1, None, "failed"),
    ],
)
def test_an_unknown_end_goes_by_the_class_of_its_code(
    code: int | None, subcode: int | None, reason: EndReason
) -> None:
    assert end_reason(code, subcode) == reason


def test_a_termination_reason_beats_the_numbers() -> None:
    assert end_reason(None, None, "AppTransferred") == "transferred"
    assert end_reason(200, 4521, "apptransferred") == "transferred"
    assert end_reason(200, 4521, "CallTerminated") == "hung_up"


@pytest.mark.parametrize(
    ("code", "subcode", "failure"),
    [
        (None, None, None),
        (200, 0, None),
        (500, 7000, "failed"),
        (500, 7700, "failed"),
        (486, None, "busy"),
        (480, 8539, "busy"),
        (480, 8540, "busy"),
        (603, 0, "declined"),
        (480, 8538, "declined"),
        (487, 10024, "declined"),
        (480, 10037, "no_answer"),
        (408, 10057, "no_answer"),
        (480, 560480, "no_answer"),
        (408, 99, "no_answer"),
        (403, None, "failed"),
    ],
)
def test_why_a_transfer_failed(
    code: int | None, subcode: int | None, failure: Failure | None
) -> None:
    assert transfer_failure(code, subcode) == failure


@pytest.mark.parametrize(
    ("status", "code", "subcode", "failure"),
    [
        ("completed", None, None, None),
        ("completed", 200, 0, None),
        ("completed", 0, 0, None),
        ("completed", 200, 8535, "not_started"),
        ("failed", 400, 8536, "not_started"),
        ("failed", 500, 8511, "failed"),
        ("failed", None, None, "failed"),
        ("completed", 500, None, "failed"),
        ("", 200, None, None),
        ("", None, None, "unknown"),
        ("active", None, None, "unknown"),
    ],
)
def test_why_an_operation_failed(
    status: str, code: int | None, subcode: int | None, failure: Failure | None
) -> None:
    assert operation_failure(status, code, subcode) == failure


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "", "token"),
        (403, "7504", "token"),
        (403, "7505", "refused"),
        (404, "", "gone"),
        (400, "8528", "gone"),
        (500, "8522", "unknown"),
        (429, "", "wait"),
        (400, "8516", "wait"),
        (400, "8529", "refused"),
        (429, "8529", "refused"),
        (503, "8529", "unknown"),
        (409, "8519", "refused"),
        (412, "8583", "refused"),
        (408, "", "unknown"),
        (500, "9999", "unknown"),
        (503, "", "unknown"),
        (302, "", "refused"),
    ],
)
def test_what_a_refused_request_means(status: int, code: str, expected: RequestError) -> None:
    assert request_error(status, code) == expected


@pytest.mark.parametrize("code", ["8501", "8503", "8504", "8585"])
def test_media_that_are_not_there_yet_may_be_a_moment_later(code: str) -> None:
    assert request_error(400, code, subject="media") == "wait"
    assert request_error(400, code) == request_error(400, code, subject="transfer") == "refused"


@pytest.mark.parametrize("code", ["8519", "8607"])
def test_a_transfer_that_is_in_the_way_of_another_may_be_that_other(code: str) -> None:
    assert request_error(409, code, subject="transfer") == "unknown"
    assert request_error(409, code, subject="media") == "refused"


def test_a_503_that_says_when_to_come_back_was_turned_away() -> None:
    assert request_error(503, "", later=True) == "wait"
    assert request_error(500, "", later=True) == "unknown"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "", "refused"),
        (404, "8522", "refused"),
        (404, "8558", "refused"),
        (404, "8543", "gone"),
        (400, "8528", "gone"),
        (500, "8528", "unknown"),
        (429, "", "wait"),
    ],
)
def test_somebody_who_has_left_ends_no_call(status: int, code: str, expected: RequestError) -> None:
    assert request_error(status, code, subject="participant") == expected


@pytest.mark.parametrize("subject", ["action", "media", "transfer"])
def test_an_action_of_which_the_address_is_unknown_tells_nothing_of_the_call(
    subject: Subject,
) -> None:
    assert request_error(404, "UnknownError", subject=subject) == "refused"
    assert request_error(404, "8558", subject=subject) == "refused"
    assert request_error(404, "8522", subject=subject) == "gone"
    assert request_error(404, "", subject=subject) == "gone"
    assert request_error(404, "UnknownError") == "gone", "to be kept alive is all that it is for"


@pytest.mark.parametrize(("status", "code"), [(404, ""), (404, "8522"), (400, "8528")])
def test_what_is_not_made_yet_cannot_be_over(status: int, code: str) -> None:
    assert request_error(status, code, subject="new") == "refused"


@pytest.mark.parametrize(
    ("code", "failure"),
    [(408, "no_answer"), (480, "no_answer"), (486, "busy"), (603, "declined"), (400, "failed")],
)
def test_why_somebody_who_was_invited_did_not_come(code: int, failure: Failure) -> None:
    assert missed(code) == failure
    assert missed(None) == "failed"


def test_a_code_is_explained_where_it_is_known() -> None:
    assert explained("7505") == MEANINGS[7505].words
    assert [explained(code) for code in ("", "BadRequest", "1", "٧", "9" * 64)] == [""] * 5
