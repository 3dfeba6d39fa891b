"""What texts of a mapping lead to: places of the source and of the target, with what their schemas say of them.

Uses the checker's own walker and shapes; what it cannot follow (groups, slots, parsed texts) it says nothing about.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.document.yaml_nodes import MapNode, TextNode
from gateway.errors import DefinitionRefused, Place
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.check.findings import Findings
from gateway.mapping.check.reach import Reach, items_of
from gateway.mapping.check.walk import Walker
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.spelling import Located
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.load.reading import Reading
from gateway.mapping.load.source import syntax_of
from gateway.mapping.shapes.exchange import exchange_shape
from gateway.mapping.shapes.shape import Child, Shape
from gateway.mapping.shapes.sources import source_top
from gateway.mapping.shapes.targets import Target, target_top

__all__ = ["Known", "known"]

_NOWHERE = Place()


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A mapping that was read, with its source and its target where their schemas can be read."""

    file: MappingFile
    walker: Walker | None
    target: Target | None

    def source(self, around: tuple[MapNode, ...]) -> Reach | None:
        """Give the place that the rules of a block read from."""
        here = None if self.walker is None else self.walker.top
        named: dict[str, Reach] = {}
        for block in around:
            if here is None:
                return None
            move = block.get("each") or block.get("at")
            if move is not None:
                here = self._moved(move, here, named)
                if here is not None and "each" in block:
                    here = items_of(here)
            name = block.get("as")
            if here is not None and isinstance(name, TextNode):
                named[name.text] = here
        return here

    def _moved(self, move: object, here: Reach, named: Mapping[str, Reach]) -> Reach | None:
        if isinstance(move, TextNode):
            return self.at(move.text, here)
        if not isinstance(move, MapNode):
            return None
        path, outer = move.get("from"), move.get("in")
        index = move.get("join") or move.get("all")
        start: Reach | None = here
        if isinstance(outer, TextNode):
            start = named.get(outer.text)
        elif isinstance(index, TextNode):
            over = next((one.over for one in self.file.index if one.name.text == index.text), None)
            start = None if over is None else self._items(self._go(over, here))
        else:
            return None
        return self.at(path.text, start) if start is not None and isinstance(path, TextNode) else start

    @staticmethod
    def _items(found: Reach | None) -> Reach | None:
        return None if found is None else items_of(found)

    def _go(self, path: object, here: Reach) -> Reach | None:
        if self.walker is None:
            return None
        found = self.walker.go(path, here)  # type: ignore[arg-type]  # a path, by its name
        return found[0] if found else None

    def at(self, text: str, start: Reach) -> Reach | None:
        """Give the place that a path leads to, None where there is none."""
        if text in {"", "."}:
            return start
        reading = Reading(self.file.file, syntax_of(self.file.source.format.text))
        path = reading.path_of(Located(text, _NOWHERE, 0))
        return None if path is None else self._go(path, start)

    def below(self, reach: Reach) -> list[Child]:
        """Give what is declared below a place."""
        return list(items_of(reach).facts.children.values())

    def field(self, keys: tuple[str, ...]) -> Target | None:
        """Give the place of the target at some keys."""
        here = self.target
        findings = Findings()
        for key in keys:
            for step in key.removesuffix("[]").replace("/", ".").split("."):
                if here is None:
                    return None
                name = step.removeprefix("@")
                here = here.down(name, findings, _NOWHERE, attribute=name != step) if name else here
            if here is not None and here.listed and here.notation != "xml":
                here = here.item()
        return here


def known(path: str, files: Mapping[str, bytes], fmt: ExchangeFormat) -> Known | None:
    """Read a mapping as far as it can be read, or give None."""
    try:
        file = load_mapping(path, files)
    except DefinitionRefused:
        return None
    findings = Findings()
    exchange: Shape | None = exchange_shape(fmt)
    source = source_top(file, files, exchange, findings)
    walker = None if source is None else Walker(source.top, source.notation, Findings(), {}, lambda _: None)
    return Known(file, walker, target_top(file, files, exchange, findings))
