"""What a planted bug is."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple


class Misplaced(Exception):
    """A bug that cannot be planted: the text says why."""


class Mutant(NamedTuple):
    """One bug: in `file`, `old` becomes `new`, and one of `tests` should fail.

    `name` says what is wrong with the program then. `old` stands in the file exactly once, so a
    change of the code that a mutant is about is noticed. `tests` are arguments of pytest: files,
    folders or test ids, the narrowest that should notice it.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def planted(self, root: Path) -> str:
        """The file's text with the bug. Raises `Misplaced`.

        The bug must be one that runs: what does not compile, or compiles to the same, proves
        nothing about the tests.
        """
        try:
            text = (root / self.file).read_text(encoding="utf-8")
        except OSError as error:
            raise Misplaced(f"{self.file} cannot be read: {error.strerror}") from None
        if text.count(self.old) != 1:
            raise Misplaced(f"{self.file} has the place {text.count(self.old)} times, not once")
        found = text.replace(self.old, self.new)
        try:
            compile(found, self.file, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise Misplaced(f"{self.file} does not compile with it: {error.msg}") from None
        if ast.dump(ast.parse(found)) == ast.dump(ast.parse(text)):
            raise Misplaced(f"{self.file} means the same with it")
        return found
