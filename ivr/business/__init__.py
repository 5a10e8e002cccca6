"""Business systems that flows ask over HTTP."""
