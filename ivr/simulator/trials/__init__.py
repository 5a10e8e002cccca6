"""Seeded trials: the whole service under faults, on virtual time, judged by its invariants.

One seed is one run. N nodes made of the real handler, performer, timers and recovery share one
store; a model of Graph stands behind a network that loses, repeats, delays and lies; callers
behave as the seed says. Everything runs in one thread on a clock that jumps, so a seed gives the
same history bit by bit, and a run of minutes takes milliseconds.
"""
