"""`http`: ask another system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta, Struct, field

from ivr.core.effects import SendRequest
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    EffectFailed,
    HttpAnswered,
    HttpFailed,
    PromptFinished,
    TimerFired,
    TonePressed,
)
from ivr.core.options import Body, Duration, Name, Text, WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn
from ivr.errors import SpokenValueError
from ivr.expr.types import Value, coerce

METHODS = ("get", "post", "put", "patch", "delete")
SECRET_MARK = "\ue000"  # noqa: S105 - stands in for a secret, and is none
BASE64_MARK = "\ue001"
"""What stands between two of them is sent in Base64, the secrets in it filled in before."""
MARGIN = 2_000


class BasicAuth(Struct, kw_only=True, forbid_unknown_fields=True):
    """A user with a password (RFC 7617)."""

    user: Annotated[Text, Meta(description="The user's name.", examples=["${env.crm_user}"])]
    password: Annotated[
        Name, Meta(description="The secret that is the password.", examples=["crm_password"])
    ]


class HeaderAuth(Struct, kw_only=True, forbid_unknown_fields=True):
    """A header with a key in it."""

    name: Annotated[str, Meta(description="The header's name.", examples=["X-Api-Key"])]
    value: Annotated[Name, Meta(description="The secret that it holds.", examples=["crm_key"])]


class Auth(Struct, kw_only=True, forbid_unknown_fields=True):
    """How we prove who we are: exactly one of these, each with a name from `secret_env:`."""

    bearer: Annotated[
        Name | None, Meta(description="The secret that is a bearer token.", examples=["crm_token"])
    ] = None
    basic: Annotated[BasicAuth | None, Meta(description="A user with a password.")] = None
    header: Annotated[HeaderAuth | None, Meta(description="A header with a key in it.")] = None


class Request(Struct, kw_only=True, forbid_unknown_fields=True):
    """One HTTP request: exactly one method with its URL."""

    get: Annotated[Text | None, Meta(description="GET this URL.")] = None
    post: Annotated[Text | None, Meta(description="POST to this URL (never repeated).")] = None
    put: Annotated[Text | None, Meta(description="PUT to this URL.")] = None
    patch: Annotated[Text | None, Meta(description="PATCH this URL.")] = None
    delete: Annotated[Text | None, Meta(description="DELETE this URL.")] = None
    headers: Annotated[
        dict[str, Text],
        Meta(description="Headers; the only place where `${secret_env.name}` may be used."),
    ] = field(default_factory=dict)
    auth: Annotated[Auth | None, Meta(description="How we prove who we are.")] = None
    query: Annotated[dict[str, Text], Meta(description="Query parameters, encoded for you.")] = (
        field(default_factory=dict)
    )
    json: Annotated[Body | None, Meta(description="A JSON body; texts in it may hold `${…}`.")] = (
        None
    )

    def target(self) -> tuple[str, Text] | None:
        """The method and its URL; None when there is not exactly one."""
        found = [(m, getattr(self, m)) for m in METHODS if getattr(self, m) is not None]
        return found[0] if len(found) == 1 else None


class Filler(Struct, kw_only=True, forbid_unknown_fields=True):
    """Something to hear while the other system thinks."""

    prompt: Annotated[Name, Meta(description="The prompt to play.", examples=["one_moment"])]
    after: Annotated[Duration, Meta(description="When to play it.")] = Duration(1_000)


class HttpOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What an http state may set."""

    request: Annotated[Request, Meta(description="What is asked.")]
    timeout: Annotated[
        Duration, Meta(description="How long to wait for the answer, at most 10s.")
    ] = Duration(3_000)
    while_waiting: Annotated[
        Filler | None, Meta(description="Something to hear if it takes long.")
    ] = None
    save_as: Annotated[
        Name | None, Meta(description="The variable that keeps the answer's body.")
    ] = None


class Http(StateType[HttpOptions]):
    """Ask a business system and go on by its answer.

    An exact status (`"404"`) wins over its class (`4xx`), and that over `error`; `timeout`
    falls back to `error`. `ok` is a 2xx answer whose body fits the declared type; fields that
    are not declared are dropped. Redirects are not followed. The URL's host is written in the
    flow or comes from `env.`, and no other host is asked. It needs no caller and runs on
    after a hang-up.

    `auth:` takes `bearer:`, `basic:` or `header:` with the name of a secret, which is filled in
    when the request is sent and is stored nowhere. Letters outside ASCII in a header are sent as
    UTF-8.
    """

    name = "http"
    Options = HttpOptions
    outcomes = ("ok", "4xx", "5xx", "timeout", "error")
    must = ("ok", "error")
    example = """
send_message:
  type: http
  request:
    post: "${env.ticket_url}/messages"
    auth: { bearer: ticket_token }
    json: { from: "${call.from}" }
  timeout: 5s
  on:
    ok: finished
    timeout: finished
    error: finished
"""

    def allows(self, outcome: str) -> bool:
        """Its outcomes, exact statuses, and `next` as a short way to write `ok`."""
        exact = len(outcome) == 3 and outcome.isdigit() and outcome[0] in "2345"
        return exact or outcome in {*self.outcomes, "next", "2xx", "3xx"}

    def outcomes_of(self, options: HttpOptions) -> Iterable[str]:
        """What it can end with, exact statuses included."""
        exact = [key for key in options.on if key.isdigit()]
        return (*exact, *self.outcomes)

    def fallback(self, outcome: str) -> str | None:
        """From the exact status to its class, and to `error`."""
        if outcome in {"ok", "2xx"}:
            return "2xx" if outcome == "ok" else "next"
        if outcome.isdigit():
            return f"{outcome[0]}xx"
        return "error" if outcome == "timeout" or outcome.endswith("xx") else None

    def prompts(self, options: HttpOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """The filler."""
        filler = options.while_waiting
        return [(("while_waiting", "prompt"), filler.prompt)] if filler else []

    def enter(self, turn: Turn, options: HttpOptions) -> str | None:
        """Ask."""
        turn.visit.awaiting = turn.emit(SendRequest, **_request(turn, options))
        turn.wake("answer", int(options.timeout) + MARGIN)
        if options.while_waiting is not None:
            turn.wake("filler", int(options.while_waiting.after))
        return None

    def handle(self, turn: Turn, options: HttpOptions, event: AnyEvent) -> str | None:
        """Take the answer, but let the filler prompt come to its end first."""
        if isinstance(event, HttpAnswered):
            return self._then(turn, _judge(turn, options, event))
        if isinstance(event, HttpFailed):
            return self._then(turn, "timeout" if event.timeout else "error")
        if isinstance(event, EffectFailed):
            return self._then(turn, "error")
        if isinstance(event, PromptFinished | CallEnded):
            return turn.visit.stage or None
        if isinstance(event, TimerFired):
            return self._timer(turn, options, event.name)
        if isinstance(event, TonePressed):
            turn.keep_key(event.key)
        return None

    def _then(self, turn: Turn, outcome: str) -> str | None:
        turn.no_wake("filler")
        turn.no_wake("answer")
        if not turn.snapshot.media:
            return outcome
        turn.visit.stage = outcome
        return None

    def _timer(self, turn: Turn, options: HttpOptions, name: str) -> str | None:
        if name == "answer":
            turn.visit.awaiting = ""
            return self._then(turn, "timeout")
        if options.while_waiting is not None and turn.on_line:
            turn.play([options.while_waiting.prompt])
        return None


def _request(turn: Turn, options: HttpOptions) -> dict[str, object]:
    request, env, speaker = options.request, turn.env(), turn.program.speaker
    target = request.target()
    assert target is not None
    method, url = target[0], target[1].template.render_url(env, speaker)
    host = urlsplit(url).netloc
    if not host or "@" in host:
        raise SpokenValueError("The URL of the request has no host.")
    body = None if request.json is None else request.json.evaluate(env, speaker)
    return {
        "method": method.upper(),
        "url": url + _query(turn, request, url),
        "host": host,
        "timeout": int(options.timeout),
        "headers": tuple(_headers(turn, request)),
        "body": "" if request.json is None else _json(body),
    }


def _query(turn: Turn, request: Request, url: str) -> str:
    pairs = [f"{quote(k, safe='')}={quote(turn.render(v.template), safe='')}"
             for k, v in request.query.items()]  # fmt: skip
    return ("&" if "?" in url else "?") + "&".join(pairs) if pairs else ""


def _headers(turn: Turn, request: Request) -> Iterable[tuple[str, str]]:
    for name, text in request.headers.items():
        yield name, _with_marks(turn, text)
    if request.auth is not None:
        yield _proof(turn, request.auth)


def _proof(turn: Turn, auth: Auth) -> tuple[str, str]:
    if auth.header is not None:
        return auth.header.name, _mark(auth.header.value)
    if auth.basic is None:
        return "Authorization", f"Bearer {_mark(auth.bearer or '')}"
    user = _with_marks(turn, auth.basic.user)
    if ":" in user:
        raise SpokenValueError("The user's name of the request has a colon, which ends it.")
    both = f"{user}:{_mark(auth.basic.password)}"
    return "Authorization", f"Basic {BASE64_MARK}{both}{BASE64_MARK}"


def _with_marks(turn: Turn, text: Text) -> str:
    """A header; a secret stands for itself until the request is sent, and nothing else may."""
    template, speaker = text.template, turn.program.speaker
    secrets = [names[1] for names in template.names if names[0] == "secret_env" and names[1:]]
    blanks: dict[str, Value] = dict.fromkeys(secrets, "")
    plain = template.render_header({**turn.env(), "secret_env": blanks}, speaker)
    if SECRET_MARK in plain or BASE64_MARK in plain:
        raise SpokenValueError("A header of the request would hold a forbidden character.")
    marks: dict[str, Value] = {each: _mark(each) for each in secrets}
    return template.render_header({**turn.env(), "secret_env": marks}, speaker)


def _mark(secret: str) -> str:
    return f"{SECRET_MARK}{secret}{SECRET_MARK}"


def _json(tree: object) -> str:
    return msgspec.json.encode(tree).decode()


def _judge(turn: Turn, options: HttpOptions, event: HttpAnswered) -> str:
    """The outcome of an answer; a body that does not fit is an error, not an exception."""
    status = str(event.status)
    if not 200 <= event.status < 300:
        return status
    try:
        if options.save_as is not None:
            body = msgspec.json.decode(event.body or "null")
            declared = turn.program.declarations[options.save_as]
            value: Value = coerce(body, declared)
            turn.set(options.save_as, value)
    except (msgspec.DecodeError, RecursionError, SpokenValueError):
        return "error"
    return status if status in turn.state.targets else "ok"
