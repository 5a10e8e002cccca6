"""Faults of prompts, tones and recordings."""

from __future__ import annotations

from ivr.simulator.faults.fault import Respond
from ivr.simulator.faults.named import (
    ALWAYS,
    Named,
    asked,
    calls,
    elsewhere,
    service,
    told,
)

_NO_CLIP = {"recordingLocation": "", "recordingAccessToken": ""}
_UNKNOWN = Respond(500, "UnknownError")


def _result(code: int, subcode: int, status: str, **more: object) -> dict[str, object]:
    result = {"code": code, "subcode": subcode, "message": "Injected."}
    return {"status": status, "resultInfo": result, **more}


PROMPTS = (
    service("completed_with_500", "P17", "A prompt is completed with an error: nobody heard it.",
            told("playPrompt", patch=_result(500, 8511, "completed"))),
    service("unknown_completion_reason", "P17", "A prompt is completed for an unknown reason.",
            told("playPrompt", patch={"completionReason": "unknown"})),
    service("prompt_over_at_once", "P17", "Prompts end after fifty milliseconds, however long they "
            "are.", calls(prompt_lasts=50)),
    service("prompt_wrong_format", "P19", "The service finds the audio file of the wrong format.",
            told("playPrompt", patch=_result(400, 8535, "failed"))),
    service("prompt_not_downloaded", "P19", "The service could not download the audio file.",
            told("playPrompt", patch=_result(400, 8536, "failed"))),
    service("prompt_not_found", "P19", "The audio file is not found.",
            asked("prompt", respond=Respond(404))),
    service("prompt_not_reachable", "P19", "The host of the audio file cannot be reached.",
            asked("prompt", drop=True)),
    service("prompt_is_a_web_page", "P19", "A web page comes in place of the audio file.",
            asked("prompt", broken="html")),
    service("prompt_slow", "P19", "The audio file takes three seconds to come.",
            asked("prompt", delay_ms=3_000)),
    elsewhere("prompt_cached_for_ever", "P20", "always",
              "Audio that was fetched under a `resourceId` is never fetched again.",
              "The simulated service keeps the length of every file under its resourceId."),
    service("play_refused_for_ever", "P21", "No prompt can be played in the calls of this service.",
            asked("playPrompt", respond=Respond(500, "9999"), times=ALWAYS)),
    service("play_unknown_error", "P21 P60", "A request to play gets an unknown error.",
            asked("playPrompt", respond=_UNKNOWN)),
    service("cancel_without_effect", "P22", "A cancellation is acknowledged; the music plays on.",
            calls(cancel_works=False)),
    service("slow_cancel", "P22", "A cancellation takes three seconds.", calls(cancel=3_000)),
    service("cancel_unknown", "P23", "The service knows no cancellation.",
            asked("cancelMediaProcessing", respond=Respond(405, "UnknownError"), times=ALWAYS)),
    service("cancel_gone", "P23", "The address of cancellations is not found.",
            asked("cancelMediaProcessing", respond=Respond(404, "UnknownError"))),
)  # fmt: skip

TONES = (
    service("tones_refused", "P25", "The first subscription to tones is refused.",
            asked("subscribeToTone", respond=Respond(500, "9999"))),
    service("tones_refused_for_ever", "P25", "Every subscription to tones is refused.",
            asked("subscribeToTone", respond=Respond(500, "9999"), times=ALWAYS)),
    service("tones_late", "P25", "Keys are told only five seconds after the subscription.",
            calls(tones_lost_for=5_000)),
    elsewhere("keys_of_a_third_party", "P26", "process",
              "Somebody else on a group call presses keys, and nothing tells whose they are.",
              "The caller's model: `join` a participant, then `press`; tones name nobody."),
    elsewhere("burst_of_tones", "P27", "process", "Thirty keys are pressed in a second.",
              "The caller's model: `press` with `gap_ms` 33."),
)  # fmt: skip

_RESULTS = {
    8503: (400, "the audio was not active"),
    8504: (400, "there was no stream of audio"),
    8508: (400, "it was cancelled"),
    8510: (400, "nobody spoke"),
    8511: (500, "its prompt could not be played"),
    8512: (500, "its beep could not be played"),
    8513: (500, "no sound came in time"),
}
_CLIPS = {
    8509: (200, "the caller fell silent"),
    8514: (200, "a stop key was pressed"),
    8515: (200, "it had become as long as it may"),
    8588: (200, "the media stopped"),
}

RECORDINGS = (
    service("recording_lost_at_hang_up", "P28", "Who hangs up while recording loses the clip, and "
            "nothing is told of it.", calls(clip_kept_on_hang_up=False)),
    service("recording_kept_at_hang_up", "P28", "A clip survives the caller's hang-up.",
            calls(clip_kept_on_hang_up=True)),
    service("recording_401", "P29", "The token of a recording is refused.",
            asked("recording", respond=Respond(401, "InvalidAuthenticationToken"), times=ALWAYS)),
    service("recording_403", "P29", "A recording may not be fetched.",
            asked("recording", respond=Respond(403), times=ALWAYS)),
    service("recording_404", "P29", "A recording is not there any more.",
            asked("recording", respond=Respond(404), times=ALWAYS)),
    service("recording_410", "P29", "A recording is gone.",
            asked("recording", respond=Respond(410), times=ALWAYS)),
    service("recording_503_once", "P29", "A recording cannot be fetched at the first try.",
            asked("recording", respond=Respond(503))),
    service("recording_stalls", "P29", "A recording takes five seconds to begin.",
            asked("recording", delay_ms=5_000)),
    service("recording_truncated", "P29", "A recording breaks off in the middle.",
            asked("recording", broken="truncated")),
    service("recording_is_a_web_page", "P29", "A web page comes in place of a recording.",
            asked("recording", broken="html")),
    *(
        service(f"record_result_{subcode}", "P30", f"A recording fails: {words}.",
                told("record", patch=_result(code, subcode, "failed", **_NO_CLIP)))
        for subcode, (code, words) in _RESULTS.items()
    ),
    *(
        service(f"record_result_{subcode}", "P30", f"A recording ended because {words}.",
                told("record", patch=_result(code, subcode, "completed")))
        for subcode, (code, words) in _CLIPS.items()
    ),
    service("record_silence_as_400", "P30", "A recording that silence has ended has the code 400.",
            told("record", patch={"resultInfo": {"code": 400, "subcode": 8509}})),
)  # fmt: skip

MEDIA: tuple[Named, ...] = (*PROMPTS, *TONES, *RECORDINGS)
