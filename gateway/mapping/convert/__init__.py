"""The closed list of converters."""
