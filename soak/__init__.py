"""Long trials of the service as real processes, under faults that kill, pause and interrupt it.

`make soak`, or `python -m soak NAME...` for some of them. What takes minutes is here, and no part
of the tests; `tests/soak` shows that the checkers see what they are for.
"""
