"""`gateway check`."""

__all__ = ["check"]


def check() -> None:
    """Later."""
