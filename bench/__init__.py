"""Measurements of the whole path and of its parts. `make bench` runs `bench/run.py`; nothing here is a test."""
