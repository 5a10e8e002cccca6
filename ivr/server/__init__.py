"""One node put together, with its web application."""
