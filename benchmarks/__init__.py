"""Measurements beside other libraries, in one run. `make bench` makes them; tests never time."""
