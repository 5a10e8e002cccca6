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

    UNKNOWN_STATE = "E101", "an exit leads to a state that does not exist"
    UNKNOWN_OUTCOME = "E102", "a state cannot have this outcome"

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
