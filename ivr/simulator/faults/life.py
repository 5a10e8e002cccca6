"""Faults in the life of a call: answering, keeping it, handing it on, bringing others in."""

from __future__ import annotations

from ivr.simulator.faults.fault import Fault, Respond
from ivr.simulator.faults.named import (
    ALWAYS,
    Named,
    asked,
    calls,
    elsewhere,
    service,
    told,
)

_GONE = Respond(404, "8522", "Call not found.")
_NO_TENANT = Respond(403, "7505", "Request authorization tenant mismatch.")
_MINUTE = 60_000

ANSWERS = (
    service("answer_400", "P33", "The answer is refused as invalid.",
            asked("answer", respond=Respond(400, "BadRequest"), times=ALWAYS)),
    service("answer_403", "P33 P48", "The answer is refused for want of a permission.",
            asked("answer", respond=Respond(403, "7504"), times=ALWAYS)),
    service("answer_gone", "P33 P36", "The call is gone when it is answered.",
            asked("answer", respond=_GONE)),
    service("answer_500", "P33", "The answer fails, and nobody knows whether it was taken.",
            asked("answer", respond=Respond(500, "UnknownError"))),
    service("answer_500_taken", "P33 P60", "The answer is taken, and a 500 comes back.",
            asked("answer", respond=Respond(500, "UnknownError"), effect=True)),
    service("answer_hangs", "P33 P60", "Nothing comes back to the answer, which was not taken.",
            asked("answer", broken="hang")),
    service("answer_hangs_taken", "P33 P60", "Nothing comes back to the answer, which was taken.",
            asked("answer", broken="hang", effect=True)),
    service("answer_accepted_elsewhere", "P46", "Another endpoint has taken the call.",
            asked("answer", respond=Respond(409, "10003"))),
    service("answer_almost_too_late", "P36", "A cold start: the answer takes most of the time that "
            "there is.", asked("answer", delay_ms=4_900), calls(answer_within=5_000)),
    service("answer_too_late", "P36", "A cold start: the caller has given up before the answer.",
            asked("answer", delay_ms=5_100), calls(answer_within=5_000)),
    elsewhere("second_decision_refused", "P69", "always",
              "After an answer, a rejection or a redirection every other decision is refused.",
              "The simulated service takes one decision for each call: 400 / 8585 for the next."),
)  # fmt: skip

LIVES = (
    service("keep_alive_fails", "P31", "A keep-alive fails.",
            asked("keepAlive", respond=Respond(500, "UnknownError"))),
    service("keep_alives_fail", "P31", "Three keep-alives fail one after the other.",
            asked("keepAlive", respond=Respond(503, "ServiceUnavailable"), times=3)),
    service("keep_alives_lost", "P31 P60", "No keep-alive gets through any more.",
            asked("keepAlive", drop=True, times=ALWAYS)),
    service("keep_alive_gone", "P32", "A keep-alive finds the call gone.",
            asked("keepAlive", respond=_GONE)),
    service("short_life", "P31", "A call lives two minutes from each keep-alive.",
            calls(keep_alive_within=2 * _MINUTE)),
    service("gone_for_everything", "P32", "The call is gone for every request, untold.",
            asked("*", respond=_GONE, times=ALWAYS)),
    elsewhere("restart_before_keep_alive", "P31", "process",
              "The node is restarted a minute before the keep-alive is due.",
              "`ivr.simulator.faults.process.kill`, then start it again."),
    elsewhere("no_hidden_timers", "P34", "always", "Nothing ends a call that is kept alive.",
              "The simulated service keeps a call for as long as keep-alives come, for days."),
    service("stuck_establishing", "P35", "A call stays establishing for a minute, and then fails.",
            calls(establishing_fails_after=_MINUTE)),
    service("established_slowly", "P35", "A call takes ten seconds to be established.",
            calls(established=10_000)),
    service("no_audio_for_long", "P14 P35", "Audio comes five seconds after established.",
            calls(audio=5_000)),
)  # fmt: skip

_MISSED = {
    8538: (603, "declined", "The far end declines"),
    8539: (486, "busy", "The far end is busy"),
    8540: (600, "busy", "The far end is busy everywhere"),
    8541: (480, "failed", "The far end is not available"),
    10037: (480, "failed", "The far end has no endpoint online"),
    10076: (480, "failed", "The far end cannot be reached"),
    10134: (480, "failed", "The transfer cannot be routed"),
    10199: (480, "failed", "The far end may not use private calling"),
}


def _ended(**members: object) -> Fault:
    return told("ended", patch={"resultInfo": None, "terminationReason": None, **members})


_GRACEFUL = {"code": 0, "subcode": 7015, "message": "GracefulTransferCompleted"}

TRANSFERS = (
    *(
        service(f"transfer_fails_{subcode}", "P38", f"{words}: a transfer fails with {subcode}.",
                calls(transferee=outcome),
                told("transferFailed", patch={"resultInfo": {"code": code, "subCode": subcode}},
                     times=ALWAYS))
        for subcode, (code, outcome, words) in _MISSED.items()
    ),
    service("media_refused_after_transfer", "P39", "After a failed transfer media are refused for "
            "three seconds.", calls(transferee="declined", no_media_after_transfer=3_000)),
    service("media_refused_for_a_second", "P39", "After a failed transfer media are refused for a "
            "second.", calls(transferee="no_answer", no_media_after_transfer=1_000)),
    service("transfer_takes_audio", "P39", "A transfer that rings takes the audio away.",
            calls(transferee="declined", transfer_takes_audio=True)),
    elsewhere("voicemail_takes_the_transfer", "P39", "always",
              "A voicemail that picks up is a transfer that was answered.",
              "The simulated service tells of an answered transfer, never by whom."),
    service("transfer_told_by_result", "P40", "A transfer ends with a result and no reason.",
            _ended(resultInfo=_GRACEFUL)),
    service("transfer_told_by_reason", "P40", "A transfer ends with a reason and no result.",
            _ended(terminationReason="AppTransferred")),
    service("transfer_told_both_ways", "P40", "A transfer ends with a result and a reason.",
            _ended(resultInfo=_GRACEFUL, terminationReason="AppTransferred")),
    service("transfer_told_neither_way", "P40", "A transfer ends with neither result nor reason.",
            _ended()),
    service("transfer_told_as_200", "P40", "A transfer ends with 200 / 7015.",
            _ended(resultInfo={**_GRACEFUL, "code": 200})),
    elsewhere("nothing_after_transfer", "P41", "always",
              "Once the caller is handed on, nothing more is told of him.",
              "The simulated service tells the end of the call, and no more."),
    service("transfer_7505", "P42", "A transfer is refused: the tenants differ.",
            asked("transfer", respond=_NO_TENANT, times=ALWAYS)),
    service("transfer_refused_for_a_while", "P53", "The number that a call is handed to is unknown "
            "twice, and then known.", asked("transfer", respond=Respond(400, "8523"), times=2)),
    service("transfer_hop_limit", "P38", "A call was handed on too often.",
            asked("transfer", respond=Respond(400, "8521"))),
)  # fmt: skip

PEOPLE = (
    service("participant_not_found", "P43", "A participant is not there.",
            asked("participants", respond=Respond(404, "8558"))),
    service("nobody_listed", "P43", "The list of participants is empty.",
            asked("participants", patch={"value": []}, times=ALWAYS)),
    service("dropped_after_invite", "P44", "A second after somebody joins, the bot is dropped.",
            calls(stays_in_group=False)),
    service("invite_500", "P44", "An invitation fails with an unknown error.",
            asked("invite", respond=Respond(500, "UnknownError"))),
    service("invite_500_sent", "P44 P60", "An invitation is sent, and a 500 comes back.",
            asked("invite", respond=Respond(500, "UnknownError"), effect=True)),
    service("invite_not_a_group", "P44", "An invitation is refused: this is no group call.",
            asked("invite", respond=Respond(400, "8548"))),
    service("may_not_remove", "P48", "No participant may be put out.", calls(may_remove=False)),
)  # fmt: skip

OUTGOING = (
    *(
        service(f"callee_{outcome}", "P38 P53", f"{words}.", calls(callee=outcome))
        for outcome, words in {
            "busy": "Whoever is called is busy",
            "declined": "Whoever is called declines",
            "no_answer": "Whoever is called does not answer",
            "failed": "Whoever is called cannot be reached",
        }.items()
    ),
    service("no_balance", "P54", "A call to a phone fails: there is no credit.",
            calls(callee="failed"),
            told("ended", patch={"resultInfo": {"code": 412, "subcode": 10073}})),
    service("number_not_allowed", "P54", "A call to a phone fails: the tenant may not call it.",
            calls(callee="failed"),
            told("ended", patch={"resultInfo": {"code": 403, "subcode": 10151}})),
)  # fmt: skip

LIFE: tuple[Named, ...] = (*ANSWERS, *LIVES, *TRANSFERS, *PEOPLE, *OUTGOING)
