"""What XML samples show: elements by place, how often and in which order their children stand, attributes, texts.

An element of another namespace than the one around it is one thing wherever it stands, because a schema can declare
it in one way only. Keeps names and counts, no text.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from gateway.document.tree import XmlElement
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.scaffold.texts import TextsSeen

__all__ = ["ElementSeen", "Samples", "namespace_of"]

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def namespace_of(name: str) -> str:
    """Give the namespace of a Clark name, empty for none."""
    return name[1:].partition("}")[0] if name.startswith("{") else ""


@dataclass(slots=True, eq=False)
class ElementSeen:
    """An element at one place. `present`, `fewest` and `most` are about children by name; `orders` holds their runs.

    `worded` is True if some instance had text and no children, `mixed` if one had text beside its children.
    """

    name: str
    count: int = 0
    nil: bool = False
    mixed: bool = False
    worded: bool = False
    texts: TextsSeen = field(default_factory=TextsSeen)
    attributes: dict[str, TextsSeen] = field(default_factory=dict)
    carried: dict[str, int] = field(default_factory=dict)
    children: dict[str, "ElementSeen"] = field(default_factory=dict)
    present: dict[str, int] = field(default_factory=dict)
    fewest: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    orders: set[tuple[str, ...]] = field(default_factory=set)

    def low(self, name: str) -> int:
        """How many children of this name every instance had at least: 0 or 1."""
        return 1 if self.present[name] == self.count and self.fewest[name] else 0

    def order(self) -> list[str] | None:
        """Give the order in which children stand in every instance, or None if there is no such order."""
        if any(len(set(runs)) < len(runs) for runs in self.orders):
            return None
        after: dict[str, set[str]] = {name: set() for name in self.children}
        for runs in sorted(self.orders):
            for first, second in pairwise(runs):
                after[second].add(first)
        found: list[str] = []
        while len(found) < len(after):
            ready = next((name for name in after if name not in found and after[name] <= set(found)), None)
            if ready is None:
                return None
            found.append(ready)
        return found


class Samples:
    """All samples of one format. `elements` and `attributes` are those that stand at the top of a schema file."""

    def __init__(self) -> None:
        self.roots: list[str] = []
        self.elements: dict[str, ElementSeen] = {}
        self.attributes: dict[str, TextsSeen] = {}

    def see(self, root: XmlElement) -> None:
        """Note one document. Raises `DefinitionRefused` (S150)."""
        if root.name not in self.roots:
            self.roots.append(root.name)
        self._element(root, self.elements.setdefault(root.name, ElementSeen(root.name)))

    def _element(self, element: XmlElement, seen: ElementSeen) -> None:
        seen.count += 1
        for name, text in element.attributes.items():
            self._attribute(name, text, element, seen)
        counts: dict[str, int] = {}
        runs: list[str] = []
        for child in element.children:
            counts[child.name] = counts.get(child.name, 0) + 1
            if runs[-1:] != [child.name]:
                runs.append(child.name)
            self._element(child, self._child(child.name, seen))
        seen.orders.add(tuple(runs))
        for name, there in counts.items():
            seen.present[name] = seen.present.get(name, 0) + 1
            seen.fewest[name] = min(seen.fewest.get(name, there), there)
            seen.most[name] = max(seen.most.get(name, 0), there)
        if element.children:
            seen.mixed = seen.mixed or bool(element.text.strip())
        else:
            seen.texts.see(element.text)
            seen.worded = seen.worded or bool(element.text.strip())

    def _child(self, name: str, seen: ElementSeen) -> ElementSeen:
        if name not in seen.children:
            made = ElementSeen(name)
            foreign = namespace_of(name) != namespace_of(seen.name)
            seen.children[name] = self.elements.setdefault(name, made) if foreign else made
        return seen.children[name]

    def _attribute(self, name: str, text: str, element: XmlElement, seen: ElementSeen) -> None:
        if name.startswith(_XSI):
            if name == f"{_XSI}type":
                message = "the sample names types (xsi:type), which no sample can declare"
                fix = "ask the sender for the schema, and name it as --source"
                raise DefinitionRefused(Fault("S150", message, Place(line=element.line), fix))
            seen.nil = seen.nil or name == f"{_XSI}nil"
            return
        if name not in seen.attributes:
            made = TextsSeen()
            seen.attributes[name] = self.attributes.setdefault(name, made) if name.startswith("{") else made
        seen.attributes[name].see(text)
        seen.carried[name] = seen.carried.get(name, 0) + 1
