"""Stands here so that every test can import the modules beside it, such as `universe`."""
