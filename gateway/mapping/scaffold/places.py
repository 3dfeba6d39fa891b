"""The places of a source as a draft may use them: from where a block stands, each with the path that leads to it.

Guarantees that a path given here can be read and leads to its place (properties hold it to the checker). A place is a
value, a thing with parts, or a list; what lies inside a list is asked from its items. Recursive content is given once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mapping.check.coverage import Leaf
from gateway.mapping.check.reach import TEXT, Reach, Trail, items_of
from gateway.mapping.check.walk import Notation
from gateway.mapping.shapes.shape import Child

__all__ = ["Speller", "Spot"]

_DEEPEST = 6
_MOST = 4_000


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A place: `path` from the block, `words` the names on the way, `many` if it may stand several times.

    `holds` is `value` or `parts`; `sure` is True if something is always there, and is not blank.
    """

    path: str
    reach: Reach
    words: tuple[str, ...]
    many: bool
    holds: str
    sure: bool

    @property
    def trail(self) -> Trail:
        """Names the place in the schema, wherever it is asked from."""
        return self.reach.leaf if self.holds == "value" else self.reach.trail


class Speller:
    """Writes paths in the notation of one source."""

    def __init__(self, notation: Notation) -> None:
        self._json = notation.kind == "json"
        spaces = notation.namespaces or {}
        self._prefixes = {uri: prefix for prefix, uri in spaces.items() if uri or not prefix}

    def spots(self, here: Reach, *, top: bool) -> list[Spot]:
        """Give the places below a block, in the order of the schema."""
        steps = ("$",) if self._json and top else ()
        found = list(self._below(here, steps, (), frozenset(), sure=True))
        return found[:_MOST]

    def ignored(self, leaf: Leaf) -> str:
        """Give the path of a place for `ignore`."""
        return leaf.label.removesuffix(f"/{TEXT}") if self._json else self._xml(leaf.trail)

    def _below(
        self, reach: Reach, steps: tuple[str, ...], words: tuple[str, ...], above: frozenset[int], *, sure: bool
    ) -> Iterator[Spot]:
        facts = reach.facts
        if id(reach.shape) in above or len(words) > _DEEPEST or facts.untyped:
            return
        inside = {name for name in facts.children if not name.startswith("@")}
        if facts.readable and "list" not in facts.kinds:
            own = (*steps, TEXT) if inside else steps
            there = sure and not facts.blank and not reach.nillable
            yield Spot(self._path(own), reach, words, False, "value", there)
        for child in facts.children.values():
            yield from self._child(reach, child, steps, words, above | {id(reach.shape)}, sure=sure)

    def _child(
        self,
        reach: Reach,
        child: Child,
        steps: tuple[str, ...],
        words: tuple[str, ...],
        above: frozenset[int],
        *,
        sure: bool,
    ) -> Iterator[Spot]:
        there = reach.fresh().to(child, child.label)
        way = (*steps, child.name)
        named = (*words, child.label.removeprefix("@"))
        always = sure and child.occurs.low > 0
        if "list" in there.facts.kinds or not child.occurs.single:
            items = items_of(there)
            facts = items.facts
            if facts.untyped or "list" in facts.kinds:
                return
            value = facts.readable and not facts.children
            holds = "value" if value else "parts"
            yield Spot(self._path(way), items.fresh(), named, True, holds, always and items.occurs.low > 0)
            return
        if there.facts.children:
            yield Spot(self._path(way), there, named, False, "parts", always)
        yield from self._below(there, way, named, above, sure=always)

    # -- spelling -----------------------------------------------------------------------------------------------------

    def _path(self, steps: tuple[str, ...]) -> str:
        if self._json:
            return _json(steps)
        return self._xml(steps)

    def _xml(self, steps: tuple[str, ...]) -> str:
        if not steps:
            return "."
        text = "/".join(self._step(step) for step in steps)
        return f"./{text}" if text.startswith("@") else text

    def _step(self, step: str) -> str:
        mark = "@" if step.startswith("@") else ""
        name = step.removeprefix("@")
        space, closed, local = name.rpartition("}")
        prefix = self._prefixes.get(space.removeprefix("{") if closed else "", "") if closed else ""
        return f"{mark}{prefix}:{local}" if prefix else f"{mark}{local}"


def _json(steps: tuple[str, ...]) -> str:
    text = ""
    for step in steps:
        if step == "$" and not text:
            text = "$"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            quoted = step.replace("\\", "\\\\").replace("'", "\\'")
            text += f"['{quoted}']"
    return text or "."
