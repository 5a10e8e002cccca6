"""The limits of what is loaded, each with a test that reaches it.

Those of a running call stand in `ivr.core.limits`, those of expressions in `ivr.expr.limits`.
"""

from __future__ import annotations

MAX_YAML_BYTES = 8_000_000
"""The largest YAML file that is read, in bytes of UTF-8."""

MAX_YAML_NODES = 1_000_000
"""The most keys, values, lists and maps that one YAML file may hold."""

MAX_YAML_DEPTH = 64
"""How deep lists and maps may stand inside each other."""

MAX_PROMPT_CHARACTERS = 10_000
"""The longest prompt: about ten minutes of speech, which is also the longest recording."""
