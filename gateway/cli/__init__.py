"""The `gateway` command: verbs for the daily walk, nouns for the rest, one module per noun.

Contains no decisions: every command calls what the gateway itself calls, and shows the result.
"""

from gateway.cli.command import main

__all__ = ["main"]
