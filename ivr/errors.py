"""Every exception that crosses a module boundary, drawn once.

    IvrError                    one sentence for a person, never a traceback
    ├── UsageError              the command line or a setting is wrong      exit code 2
    ├── FlowError               a flow cannot be loaded: carries diagnostics   exit code 1
    ├── SpokenValueError        an expression or text has no value           the `error` exit
    ├── MediaError              audio that cannot be read, made or fetched
    ├── Temporary               try again, perhaps after `delay` seconds
    │   ├── NotSent             proved never to have reached the other side
    │   └── OutcomeUnknown      it may have happened: never repeat blindly
    ├── Refused                 the other side said no: do not try again
    │   └── CallGone            the call is over on the other side
    ├── StoreUnavailable        nothing was committed: answer 503
    │   └── Fenced              another node has taken over: stop at once
    └── Conflict                somebody else moved the call: load and run again

What is expected of a caller, a network or Graph (a duplicate, a late tone) is a
value in a `Step`, never an exception.
"""

from __future__ import annotations


class IvrError(Exception):
    """Something went wrong that a person can put right."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class UsageError(IvrError):
    """The command line or a setting is wrong."""


class SpokenValueError(IvrError):
    """A text or an expression has no value; the flow takes its `error` exit."""


class MediaError(IvrError):
    """Audio that cannot be read, made or fetched."""


class Temporary(IvrError):
    """It failed for now.

    `delay` is the number of seconds the other side asked us to wait, `late` whether it was our
    patience that ended.
    """

    def __init__(
        self, message: str | None = None, delay: float | None = None, *, late: bool = False
    ) -> None:
        super().__init__(message)
        self.delay = delay
        self.late = late


class NotSent(Temporary):
    """The request never reached the other side, so it may be sent again."""


class OutcomeUnknown(Temporary):
    """The request may have been carried out; only the other side can tell."""


class Refused(IvrError):
    """The other side refused the request; `status` is HTTP's, `code` the service's own."""

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class CallGone(Refused):
    """The call is over on the other side."""


class StoreUnavailable(IvrError):
    """The store could not commit; nothing was changed."""


class Fenced(StoreUnavailable):
    """This node's lease has run out or its name was taken: what it had claimed is another's."""


class Conflict(IvrError):
    """Somebody else moved this call on; load it and run the event again."""
