"""Texts with `${...}` in them: prompts, labels, URLs, headers, and the values of a `set`.

    template = parse_template("Your balance is ${account.balance as money}.")
    faults = template.check(scope)                  # at load
    template.render(env, speaker)                   # words for a voice
    template.evaluate(env)                          # a value: one `${}` alone keeps its type
    template.render_url(env)                        # inserted parts percent-encoded

What is inserted is never read again as a template, whatever it says. A `$` without `{` is a
dollar sign. Empty is inserted as nothing, except after `as` and in the path of a URL, where it is
an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ivr.errors import SpokenValueError
from ivr.expr.declarations import TEXT, Declaration
from ivr.expr.expression import Expression
from ivr.expr.inserts import Faults, Insert, Parts, read_parts
from ivr.expr.limits import TEXT_SIZE
from ivr.expr.references import Names, Scope
from ivr.expr.speech_format import Speaker
from ivr.expr.tokens import ExpressionError
from ivr.expr.urls import host_is_fixed, joined_url
from ivr.expr.values import Environment, Value, size_of, speakable

__all__ = ["Insert", "Template", "parse_template"]

_DEFAULT_SPEAKER: Final = Speaker()


def parse_template(source: str) -> Template:
    """Parse a text. Never raises; see `Template.errors`."""
    return Template(source, *read_parts(source))


class Template:
    """A text and its inserts; `errors` is what does not parse. Offsets count from its start."""

    __slots__ = ("errors", "parts", "source")

    def __init__(self, source: str, parts: Parts, errors: Faults) -> None:
        self.source = source
        self.parts = parts
        self.errors = errors

    def __repr__(self) -> str:
        return f"<Template {self.source!r}>"

    @property
    def error(self) -> ExpressionError | None:
        """The first of `errors`."""
        return self.errors[0] if self.errors else None

    @property
    def inserts(self) -> tuple[Insert, ...]:
        """The `${}` in order."""
        return tuple(part for part in self.parts if isinstance(part, Insert))

    @property
    def names(self) -> Names:
        """The variables read, without repeats, as in `Expression.names`."""
        found = (name for insert in self.inserts for name in insert.expression.names)
        return tuple(dict.fromkeys(found))

    @property
    def forms(self) -> frozenset[str]:
        """The forms used after `as`; for `Speaker.faults`."""
        return frozenset(insert.form for insert in self.inserts if insert.form)

    @property
    def is_fixed(self) -> bool:
        """Whether there is no `${}`, so that the text is always the same."""
        return not self.errors and not self.inserts

    @property
    def single(self) -> Expression | None:
        """The expression, if the text is exactly one `${}` without `as`."""
        if self.errors or len(self.parts) != 1:
            return None
        part = self.parts[0]
        return part.expression if isinstance(part, Insert) and not part.form else None

    def check(self, scope: Scope, as_text: bool = False) -> list[ExpressionError]:
        """Everything wrong, given the types of all variables.

        `as_text` is for what is spoken or written: a list alone is then no value but a mistake.
        """
        faults = list(self.errors)
        for insert in self.inserts:
            faults += insert.check(scope, as_text or self.single is None)
        return faults

    def check_url(self, scope: Scope) -> list[ExpressionError]:
        """The same for a URL, whose host is written out or comes whole from `env.`."""
        faults = self.check(scope, as_text=True)
        if not self.errors and not host_is_fixed(self.parts):
            message = "A host is written out, or is a leading `${env.name}` before a `/`."
            faults.append(ExpressionError(message, 0, len(self.source)))
        return faults

    def type(self, scope: Scope) -> Declaration:
        """The type that `evaluate` gives, `secret` if a secret is in it."""
        if self.single is not None:
            return self.single.type(scope)
        return Declaration("text", secret=True) if self.is_secret(scope) else TEXT

    def is_secret(self, scope: Scope) -> bool:
        """Whether any insert reads a secret variable."""
        return any(insert.expression.is_secret(scope) for insert in self.inserts)

    def render(self, env: Environment, speaker: Speaker) -> str:
        """The words for a voice; controls and direction marks in inserts become spaces.

        Markup in an insert stays plain text, for the speech provider to escape. Raises
        SpokenValueError, as do the methods below.
        """
        return self._joined(lambda insert: speakable(insert.words(env, speaker)))

    def evaluate(self, env: Environment, speaker: Speaker = _DEFAULT_SPEAKER) -> Value:
        """The value: of its own type for a `single` one, else a text with inserts as they are."""
        if self.single is not None:
            return self.single.evaluate(env)
        return self._joined(lambda insert: insert.words(env, speaker))

    def render_header(self, env: Environment, speaker: Speaker = _DEFAULT_SPEAKER) -> str:
        """The text of an HTTP header; a line break or other control in it is an error."""
        text = self._joined(lambda insert: insert.words(env, speaker))
        if speakable(text) != text:
            raise SpokenValueError("A header has a line break or a control character in it.")
        return text

    def render_url(self, env: Environment, speaker: Speaker = _DEFAULT_SPEAKER) -> str:
        """The URL: every insert percent-encoded, but a leading `${env.name}` as it is."""
        self._must_parse()
        return joined_url(self.parts, env, speaker)

    def _joined(self, words: Callable[[Insert], str]) -> str:
        self._must_parse()
        texts, size = [], 0
        for part in self.parts:
            texts.append(part if isinstance(part, str) else words(part))
            size += size_of(texts[-1])
            if size > TEXT_SIZE:
                raise SpokenValueError(f"A text is longer than {TEXT_SIZE // 1024} kB.")
        return "".join(texts)

    def _must_parse(self) -> None:
        if self.errors:
            raise SpokenValueError("A text that does not parse has no value.")
