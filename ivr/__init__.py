"""Call flows written as YAML state machines, run on Microsoft Teams calls."""

__version__ = "0.1.0"
