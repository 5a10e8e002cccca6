"""The pure engine: events in, effects out, no clock and no wire."""
