"""The tests beside a mapping."""
