"""What of a source becomes a message: the whole document, every row, or every record of a file that is a list.

A file is taken for a list if it holds one kind of record, or a few, with far more fields than all that stands around
them. Records that refer to each other by id are a graph, and stay one message. A guess like every other.
"""

from dataclasses import dataclass

from gateway.mapping.check.coverage import leaves_of
from gateway.mapping.check.reach import Reach, items_of
from gateway.mapping.scaffold.learn_rows import identifier
from gateway.mapping.scaffold.places import Speller, Spot
from gateway.mapping.shapes.sources import SourceTop

__all__ = ["Portion", "portions_of"]

_MORE = 3
"""How many times more fields a record must have than stand around all records."""

_MOST = 3
_ROWS = "row"


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """A kind of message: `each` is the path over its records, empty for the whole document; `word` is their name."""

    name: str
    each: str
    here: Reach
    word: str = ""


def portions_of(top: SourceTop, speller: Speller) -> list[Portion]:
    """Give the kinds of messages that a source seems to hold, one at least."""
    here = top.top
    rows = here.facts.children.get(_ROWS) if top.notation.kind == "rows" else None
    if rows is not None:
        return [Portion("record", _ROWS, here.to(rows, _ROWS).fresh())]
    if top.notation.kind == "json" and "list" in here.facts.kinds:
        return [Portion("record", "$", items_of(here).fresh())]
    spots = speller.spots(here, top=True)
    records = _records(here, spots)
    taken: set[str] = set()
    portions: list[Portion] = []
    for spot in records:
        name = identifier(spot.words[-1]) or "record"
        while name in taken:
            name += "_2"
        taken.add(name)
        portions.append(Portion(name, spot.path, spot.reach, spot.words[-1]))
    return portions or [Portion("", "", here)]


def _records(top: Reach, spots: list[Spot]) -> list[Spot]:
    around = sum(spot.holds == "value" and not spot.many for spot in spots)
    leaves = leaves_of(top)
    found: list[Spot] = []
    for spot in spots:
        if not spot.many or spot.holds != "parts":
            continue
        inside = [leaf.trail for leaf in leaves if leaf.trail[: len(spot.reach.trail)] == spot.reach.trail]
        names = [trail[-1].rpartition("}")[2].removeprefix("@").lower() for trail in inside]
        if len(inside) >= _MORE * (around + 1) and not any(name.endswith(("_ref", "_refs")) for name in names):
            found.append(spot)
    return found if len(found) <= _MOST else []
