"""Performs what the corridor decided: take, run, commit, settle, dispatch, record, seal; supervision and shutdown.

Guarantees the order of effects. A source is settled only after the journal's commit; a byte is sent only after its
leaf is durable; an outcome is recorded with its leaf and its receipt in one transaction. Decides nothing about
content: that is the corridor's.
"""

from gateway.engine.run import Engine, EngineLimits

__all__ = ["Engine", "EngineLimits"]
