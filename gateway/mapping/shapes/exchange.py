"""The exchange format as shapes: what a mapping writes inbound, and reads outbound.

Built once per version and kept, because every mapping of a deployment is checked against it.
"""

from functools import lru_cache

from gateway.exchange.format import ENTRY, ExchangeFormat
from gateway.mapping.shapes.json_schema import JsonShapes
from gateway.mapping.shapes.shape import Shape, intersection

__all__ = ["exchange_shape", "kind_shape", "word_lists"]


@lru_cache(maxsize=2)
def _shapes(fmt: ExchangeFormat) -> JsonShapes:
    return JsonShapes({}, ENTRY, fmt.schema.documents)


def exchange_shape(fmt: ExchangeFormat) -> Shape:
    """Give the shape of a message."""
    return _shapes(fmt).root.shape


@lru_cache(maxsize=64)
def kind_shape(fmt: ExchangeFormat, kind: str) -> Shape | None:
    """Give the shape of a message of one kind, with what that kind requires; None for a kind that does not exist."""
    shapes = _shapes(fmt)
    part = shapes.definition(kind)
    return None if part is None else intersection(shapes.root.shape, part)


@lru_cache(maxsize=2)
def word_lists(fmt: ExchangeFormat) -> dict[str, tuple[str, ...]]:
    """Give the codes of every list by its name."""
    return {name: tuple(each.codes) for name, each in fmt.vocabulary.lists.items()}
