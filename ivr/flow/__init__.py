"""From YAML text to programs, and everything that is wrong on the way."""
