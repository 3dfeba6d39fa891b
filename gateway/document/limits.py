"""How much a reader takes in before it refuses. One frozen value per source, checked once when it is made.

Guarantees that no limit is above its hard maximum, so that a configuration cannot switch a limit off. Time and memory
are limits of the worker process and not of this room.
"""

from dataclasses import dataclass, fields

__all__ = ["DEFAULT", "HARD", "Limits", "is_longer"]

_MEBI = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one source.

    `message` and `text` are bytes, the latter of the UTF-8 form of one text, attribute, string or cell. `nodes` counts
    elements and attributes, JSON values, or cells. `depth` counts nested elements or containers, the outermost is 1.
    `name` is characters of an element, attribute or key. `digits` and `exponent` hold for each number of a JSON text.
    Raises `ValueError` when a limit is below 1 or above its hard maximum.
    """

    message: int = 10 * _MEBI
    depth: int = 64
    nodes: int = 200_000
    attributes: int = 256
    namespaces: int = 64
    text: int = _MEBI
    name: int = 256
    digits: int = 64
    exponent: int = 308

    def __post_init__(self) -> None:
        for name, maximum in _MAXIMA.items():
            if not 1 <= getattr(self, name) <= maximum:
                raise ValueError(f"limit {name} must be from 1 to {maximum}")


_MAXIMA = {
    "message": 64 * _MEBI,
    "depth": 200,  # libxml2 refuses above 256
    "nodes": 2_000_000,
    "attributes": 1_024,
    "namespaces": 256,
    "text": 9 * _MEBI,  # libxml2 refuses above 10 million bytes
    "name": 1_024,
    "digits": 1_000,
    "exponent": 1_000,
}

DEFAULT = Limits()
HARD = Limits(**_MAXIMA)

if {field.name for field in fields(Limits)} != set(_MAXIMA):  # a limit without a maximum would be no limit
    raise RuntimeError("every limit needs a hard maximum")


def is_longer(text: str, limit: int) -> bool:
    """True when the UTF-8 form of `text` has more than `limit` bytes. Encodes only where characters cannot tell."""
    if len(text) > limit:
        return True
    return len(text) * 4 > limit and len(text.encode("utf-8", "surrogatepass")) > limit
