"""Loggers for libraries that insist on one: what they say stays unsaid, because they quote hosts, users and input.

Our own log has an allow-list of keys instead (`gateway.telemetry`); what matters of a failure is in status and result.
"""

import logging

__all__ = ["quiet_logger"]


def quiet_logger(name: str) -> logging.Logger:
    """Give a library's logger, and make sure that nothing of it or its children is ever written."""
    logger = logging.getLogger(name)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
