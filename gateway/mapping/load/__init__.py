"""Mapping files to values of the language, or all their faults at once."""
