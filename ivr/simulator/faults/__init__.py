"""Faults of the simulated service: what one is, which are in force, and all of them by name."""
