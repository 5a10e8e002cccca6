"""What is wrong with a flow: one value per finding, and the table of every code.

A `Diagnostic` is made for three readers at once. Its message is a title that a person who
writes call scripts understands, its detail names the words concerned and stands beside the
caret, and its help says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NamedTuple, cast

from rapidfuzz.distance import DamerauLevenshtein

from ivr.errors import IvrError


class Severity(StrEnum):
    """An error is what cannot run right; all else is a warning."""

    ERROR = "error"
    WARNING = "warning"


class Span(NamedTuple):
    """A piece of a file; all four count from 1, columns in characters, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Code(Enum):
    """Every code that a diagnostic may carry, with its one-line meaning.

    One row per code. The letter says the severity: `W` is a warning, all others are errors.
    S0xx YAML, S1xx schema, 1xx what the flow refers to, 2xx limits and missing exits, 3xx the
    caller's experience, 4xx privacy, 5xx audio, 6xx tests.
    """

    NOT_UTF8 = "S001", "the file is not UTF-8 text"
    CONTROL_CHARACTER = "S002", "the file holds a control character that cannot be seen"
    TOO_LARGE = "S003", "the file is larger than a flow may be"
    TOO_DEEP = "S004", "lists and maps stand too deep inside each other"
    EMPTY_FILE = "S005", "the file holds nothing"
    SEVERAL_DOCUMENTS = "S006", "the file holds more than one YAML document"
    DIRECTIVE = "S007", "the file has a YAML directive other than %YAML 1.2"
    SYNTAX = "S008", "the file is not valid YAML"
    DUPLICATE_KEY = "S009", "a name is given twice in the same place"
    ALIAS = "S010", "the file uses YAML anchors or aliases"
    TAG = "S011", "the file uses YAML tags"
    MERGE_KEY = "S012", "the file uses YAML merge keys"
    KEY_NOT_TEXT = "S013", "a list or a map stands where a name is expected"
    EMPTY_KEY = "S014", "a name is missing before a colon"
    UNSEEN_IN_KEY = "S015", "a name holds a character that cannot be seen"
    LOST_TO_COMMENT = "S016", "a # that was meant as text begins a comment"
    TAB_INDENT = "S017", "a tab stands where YAML takes spaces only"
    UNREADABLE = "S018", "a file cannot be read, or lies outside the folder of the flows"

    WRONG_KIND = "S101", "a value is of another kind than its place needs"
    WRONG_FORM = "S102", "a value is not written the way its place needs"
    WRONG_WORD = "S103", "a word is not one of those that may stand there"
    OUT_OF_RANGE = "S104", "a value is too small or too large, or there are too few or too many"
    UNKNOWN_KEY = "S105", "there is no such key"
    MISSING_KEY = "S106", "a key is missing"
    BAD_NAME = "S107", "a name has characters that a name may not have"
    UNKNOWN_TYPE = "S108", "there is no such type of state"
    VERSION = "S109", "the file is written in another version of the language"
    FLOW_NAME = "S110", "a flow is not called what its folder is called"
    SCENARIO = "S120", "a scenario cannot be read"

    UNKNOWN_STATE = "E101", "an exit leads to a state that does not exist"
    UNKNOWN_OUTCOME = "E102", "a state cannot have this outcome"
    UNKNOWN_PROMPT = "E103", "a prompt is named that does not exist"
    UNKNOWN_CALENDAR = "E104", "a calendar is named that does not exist"
    UNKNOWN_VARIABLE = "E105", "a variable, a field or a function is named that does not exist"
    UNKNOWN_FLOW = "E106", "a flow is named that does not exist or cannot be run by another"
    EXPRESSION = "E107", "an expression cannot be read, or does not fit the types of its values"
    VALUE_TYPE = "E108", "a value can never be stored where it is put"
    DECLARATION = "E109", "a variable is declared in a way that makes no sense"
    CALENDAR = "E110", "a calendar is written in a way that makes no sense"
    NO_END = "E111", "a call that comes here never ends by itself"
    UNBOUNDED_LOOP = "E112", "a loop neither asks the caller nor counts"
    RECURSION = "E113", "flows run each other in a circle"
    TWO_EXITS = "E114", "two exits are given for one outcome"
    CHOOSE_LINES = "E115", "the lines of a choose are not conditions with `else` last"
    TWO_CLAIMS = "E116", "two flows claim the same calls"
    TARGET = "E117", "this is nobody whom a call can be sent to"
    BROKEN_FLOW = "E118", "a flow runs another one that has errors"
    ENV_MISSING = "E119", "a value from the environment is missing"
    SUB_FLOW = "E120", "a flow does not give or take what the flow that it runs, or runs it, says"
    LANGUAGE = "E121", "a language, currency or time zone is not known"
    PARTICIPANT = "E122", "this can be nobody on the call"
    UNREACHABLE = "W101", "no call ever comes to this state"
    UNUSED = "W102", "something is declared and never used"
    ENV_PLACEHOLDER = "W103", "a value from the environment is missing, and a placeholder is used"
    NO_CALLS = "W104", "no incoming call ever reaches this flow"

    NO_GIVE_UP = "E201", "a question has no exit for callers who do not answer"
    UNHANDLED = "E202", "an outcome that will happen has no exit"
    DURATION = "E203", "a time is shorter or longer than it can be"
    TOO_MANY = "E204", "there are more of these than Graph takes"
    REQUEST = "E205", "a request cannot be sent the way it is written"
    CALLER_GONE = "E206", "a state that needs the caller follows a transfer that was answered"
    TOO_LONG = "E207", "a prompt is longer than a prompt may be"
    PLACING = "E208", "a call is begun in a way in which none can be begun"
    GONE_BY_THEN = "W201", "a hang-up leads to a state that needs the caller"
    NO_EFFECT = "W202", "a setting has no effect here"
    NO_ERROR_EXIT = "W203", "the flow has no exit for what nobody foresaw"
    NEVER_TAKEN = "W204", "an exit is never taken"
    ONLY_FAILS = "W205", "a state can do nothing but fail, as the call is"

    SPOKEN_KEY = "W301", "a prompt offers a key that the question does not take"
    UNSPOKEN_KEY = "W302", "a question takes a key that its prompt does not offer"
    NOT_FILLED_IN = "W303", "a `${}` stands where nothing is filled in"
    WHO_ANSWERS = "W304", "a question is asked while several people may be on the call"

    SECRET = "E401", "a secret would be spoken, shown or passed on"
    SECRET_ENV = "E402", "a secret from the environment is used outside of a header"
    SECRET_LITERAL = "W401", "a password or a token is written into the flow"
    UNMARKED_SECRET = "W402", "a variable is named like a secret and not marked as one"

    RECORDING = "E501", "a recorded prompt cannot be played"
    RECORDED_VALUE = "E502", "a prompt with a `${}` is recorded"
    RECORDING_SOUND = "W501", "a recorded prompt sounds wrong"
    RECORDING_NAME = "W502", "a recording belongs to no prompt"

    def __init__(self, code: str, meaning: str) -> None:
        self.code = code
        self.meaning = meaning

    def __str__(self) -> str:
        return self.code

    @property
    def severity(self) -> Severity:
        """What a finding of this code weighs, unless the finding says otherwise."""
        return Severity.WARNING if self.code.startswith("W") else Severity.ERROR


class Related(NamedTuple):
    """The other end of a finding, such as where a name was first given."""

    span: Span
    message: str
    file: str = ""
    """Empty: the same file as the finding."""


_BY_CODE = cast("Severity", None)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding in a file.

    `message` is the title, lower case and without a full stop. `detail` names the words
    concerned in a few words; `help` says what to do; `suggestion` is the word probably meant.
    `severity` follows from the code unless it is given.
    """

    code: Code
    message: str
    file: str
    span: Span
    detail: str = ""
    help: str = ""
    suggestion: str | None = None
    related: tuple[Related, ...] = ()
    severity: Severity = _BY_CODE

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", self.severity or self.code.severity)

    @property
    def advice(self) -> str:
        """The help and the suggestion in one line; empty when there is neither."""
        guess = f'did you mean "{self.suggestion}"?' if self.suggestion else ""
        return "; ".join(part for part in (guess, self.help) if part)

    def __str__(self) -> str:
        place = f"{self.file}:{self.span.line}:{self.span.column}"
        title = f"{self.message}: {self.detail}" if self.detail else self.message
        return f"{place}: {title}; {self.advice}" if self.advice else f"{place}: {title}"


class FlowError(IvrError):
    """A flow cannot be loaded.

    `diagnostics` holds at least one finding, in the order of the file. `sources` gives the
    lines of the files concerned, by name, for a report with excerpts.
    """

    def __init__(
        self,
        diagnostics: Iterable[Diagnostic],
        sources: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources or {})
        more = len(self.diagnostics) - 1
        super().__init__(f"{self.diagnostics[0]}" + (f" (and {more} more)" if more else ""))


_LONGEST_NAME = 64


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be, or None.

    Letter case, hyphens and spaces do not count. Beyond that at most two slips of a key
    (a letter too much, missing, wrong, or two swapped) are forgiven; one in a word of fewer
    than six letters, none in one of fewer than three, where every other word is "near".
    """
    wanted = _plain(word)
    if len(word) > _LONGEST_NAME:
        return None
    slips = 0 if len(wanted) < 3 else 1 if len(wanted) < 6 else 2
    near = (
        (DamerauLevenshtein.distance(wanted, _plain(name), score_cutoff=slips), name)
        for name in candidates
        if name != word
    )
    return min(((far, name) for far, name in near if far <= slips), default=(0, None))[1]


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")
