"""Graph's side of a short call in bytes, made beforehand: a load client must cost little.

Bodies have the members that both bots read and that Graph's pages show for each notification
(call-answer, call-playprompt, call-subscribetotone, call-transfer).
"""

from __future__ import annotations

import re

TENANT = b"00000000-0000-4000-8000-0000000000aa"
CALLED = b"00000000-0000-4000-8000-0000000000bb"

_ENVELOPE = (
    b'{"@odata.type":"#microsoft.graph.commsNotifications","value":[{'
    b'"@odata.type":"#microsoft.graph.commsNotification","changeType":"%b",'
    b'"resource":"/app/calls/%b","resourceUrl":"/communications/calls/%b","resourceData":%b}]}'
)
_CALL = b'{"@odata.type":"#microsoft.graph.call","id":"%b","state":"%b"%b}'
_INCOMING = (
    b',"direction":"incoming","tenantId":"' + TENANT + b'","callChainId":"%b",'
    b'"requestedModalities":["audio"],"source":{"@odata.type":"#microsoft.graph.participantInfo",'
    b'"identity":{"@odata.type":"#microsoft.graph.identitySet","user":{'
    b'"@odata.type":"#microsoft.graph.identity","id":"%b",'
    b'"displayName":"Benchmark","tenantId":"' + TENANT + b'"}},"languageId":"en-GB"},'
    b'"targets":[{"@odata.type":"#microsoft.graph.invitationParticipantInfo","identity":{'
    b'"@odata.type":"#microsoft.graph.identitySet","applicationInstance":{'
    b'"@odata.type":"#microsoft.graph.identity","id":"' + CALLED + b'"}}}]'
)
_AUDIO = b',"mediaState":{"@odata.type":"#microsoft.graph.callMediaState","audio":"active"}'
_TONE = b',"toneInfo":{"@odata.type":"#microsoft.graph.toneInfo","sequenceId":%d,"tone":"tone1"}'
_GONE = b',"resultInfo":{"code":0,"subcode":7015,"message":"GracefulTransferCompleted"}'
_HUNG_UP = b',"resultInfo":{"code":200,"subcode":5010,"message":"Call ended."}'
_PROMPT = (
    b'{"@odata.type":"#microsoft.graph.playPromptOperation","id":"op-1","status":"%b",'
    b'"clientContext":"%b","resultInfo":{"code":%d,"subcode":%d,"message":"Action is over."}}'
)
_POST = (
    b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Microsoft-Skype/3.0\r\n"
    b"Content-Type: application/json\r\nAuthorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b"
)
_REPLY = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"

_CALLBACK = re.compile(rb'"callbackUri": ?"https?://[^/"]+(/[^"]*)"')
_CONTEXT = re.compile(rb'"clientContext": ?"([^"]*)"')


def incoming(call: bytes) -> bytes:
    """A caller rings, somebody else each time."""
    return _about(call, b"created", _CALL % (call, b"incoming", _INCOMING % (call, call)))


def established(call: bytes) -> bytes:
    """The line is up and heard."""
    return _about(call, b"updated", _CALL % (call, b"established", _AUDIO))


def prompt_finished(call: bytes, context: bytes) -> bytes:
    """A prompt was played to its end."""
    operation = _PROMPT % (b"completed", context, 200, 0)
    return _about(call, b"deleted", operation, b"/operations/op-1")


def prompt_cancelled(call: bytes, context: bytes) -> bytes:
    """A prompt was cut off by `cancelMediaProcessing`."""
    operation = _PROMPT % (b"failed", context, 400, 8508)
    return _about(call, b"deleted", operation, b"/operations/op-1")


def tone(call: bytes, number: int = 1) -> bytes:
    """The caller presses 1; keys are numbered from 1."""
    return _about(call, b"updated", _CALL % (call, b"established", _TONE % number))


def transferred(call: bytes) -> bytes:
    """The transfer is done, and with it the call."""
    return _about(call, b"deleted", _CALL % (call, b"terminated", _GONE))


def hung_up(call: bytes) -> bytes:
    """The caller has hung up."""
    return _about(call, b"deleted", _CALL % (call, b"terminated", _HUNG_UP))


def post(path: bytes, token: bytes, body: bytes) -> bytes:
    """A notification as a request."""
    return _POST % (path, token, len(body), body)


def reply(status: bytes, body: bytes = b"") -> bytes:
    """An answer of Graph."""
    return _REPLY % (status, len(body), body)


def operation(kind: bytes, status: bytes, context: bytes) -> bytes:
    """The answer to a command that begins an operation."""
    body = b'{"@odata.type":"#microsoft.graph.%bOperation","id":"op-1","status":"%b",'
    return reply(b"200 OK", body % (kind, status) + b'"clientContext":"%b"}' % context)


def call(call: bytes) -> bytes:
    """The answer to the question how a call is: it is up."""
    return reply(b"200 OK", _CALL % (call, b"established", _AUDIO))


def callback_of(body: bytes) -> bytes:
    """The path at which the bot wants to hear of a call."""
    return _found(_CALLBACK, body)


def context_of(body: bytes) -> bytes:
    """The bot's own id of an operation."""
    return _found(_CONTEXT, body)


def _about(call: bytes, change: bytes, resource: bytes, below: bytes = b"") -> bytes:
    return _ENVELOPE % (change, call + below, call + below, resource)


def _found(pattern: re.Pattern[bytes], body: bytes) -> bytes:
    match = pattern.search(body)
    return match[1] if match else b""
