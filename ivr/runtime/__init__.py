"""The engine at work: commits, performs, wakes, recovers."""
