"""The simulated telephone: caller, line and media of one call, pure and strict."""
