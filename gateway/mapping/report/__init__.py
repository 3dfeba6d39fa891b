"""A mapping told to people: what becomes of every field of a source, what fills every field of a target, and why."""
