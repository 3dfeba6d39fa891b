"""Walking paths of a mapping over the shapes of its source, with a fault at the step that leads nowhere.

Guarantees that a path which is not faulted leads to declared content, or to content the mapping assumes. A path may
lead to several places (`//name`, `..name`, a wildcard over members). What filters test is walked and recorded too.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.errors import Place
from gateway.mapping.check.findings import Findings, closest, suggested
from gateway.mapping.check.reach import TEXT, Reach, Trail, items_of
from gateway.mapping.check.walk_filters import filter_paths, filter_text, position_of, selector_text
from gateway.mapping.paths.path import (
    Axis,
    JsonIndex,
    JsonName,
    JsonSlice,
    JsonStep,
    JsonWhere,
    JsonWildcard,
    Path,
    XmlStep,
)
from gateway.mapping.shapes.shape import ANY, SCALARS, Child, Facts, Occurrence, Shape

__all__ = ["Notation", "Walker"]

_DEEPEST = 24
_WORDS = {"json": "member", "rows": "column", "records": "field or record", "segments": "segment or data element"}


@dataclass(frozen=True, slots=True)
class Notation:
    """How paths of a source are read, its root element, and its namespaces by prefix.

    The kinds are `xml`, `json`, `rows` (columns), `records` (fixed width) and `segments` (EDIFACT).
    """

    kind: str
    root: str = ""
    namespaces: Mapping[str, str] | None = None

    def name(self, step: XmlStep) -> str:
        """The name of a step as it stands in the document: with its namespace, and `@` for attributes."""
        spaces = self.namespaces or {}
        if step.axis is Axis.ATTRIBUTE:
            space = spaces.get(step.prefix, "") if step.prefix else ""
            return f"@{{{space}}}{step.name}" if space else f"@{step.name}"
        space = spaces.get(step.prefix, "")
        return f"{{{space}}}{step.name}" if space else step.name


class Walker:
    """Walks paths from one top. `read` is told the trail of everything that a filter looks at."""

    def __init__(
        self,
        top: Reach,
        notation: Notation,
        findings: Findings,
        assumed: Mapping[str, str],
        read: Callable[[Reach], None],
    ) -> None:
        self.top = top
        self.notation = notation
        self._findings = findings
        self._assumed = assumed
        self._read = read
        self.items: tuple[Trail, ...] = ()
        """The items of a streamed source: only a path from within one may lead into it."""
        self._item_here: Reach | None = None

    def go(self, path: Path, start: Reach) -> list[Reach]:
        """Give the places a path leads to; none after a fault. Occurrences count from `start`, or from the top."""
        steps = list(path.steps)
        reaches = [self.top if path.rooted else start.fresh()]
        if path.rooted and self.notation.kind == "xml" and steps:
            first = steps[0]
            if isinstance(first, XmlStep) and first.axis is Axis.CHILD:
                if self.notation.name(first) != self.notation.root:
                    label = self.notation.root.rpartition("}")[2]
                    self._findings.error(
                        "P109",
                        f"the document's element is '{label}', not '{first.name}'",
                        first.place,
                        f"write /{label}",
                    )
                    return []
                steps = steps[1:]
        outer, self._item_here = self._item_here, start if path.rooted else None
        for step in steps:
            reaches = [found for reach in reaches for found in self._step(step, reach)]
        self._item_here = outer
        self._judge_streaming(path, start, reaches)
        return [replace(reach, written=_written_path(path, start)) for reach in reaches]

    def _judge_streaming(self, path: Path, start: Reach, reaches: Iterable[Reach]) -> None:
        for item in self.items:
            here = not path.rooted and start.trail[: len(item)] == item
            if not here and any(reach.trail[: len(item)] == item for reach in reaches):
                message = f"{path.text} leads into items from outside, so the file cannot be streamed"
                fix = "read it inside the item, or leave out reading: streamed"
                self._findings.error("G405", message, path.place, fix)

    def _step(self, step: XmlStep | JsonStep, reach: Reach) -> Iterable[Reach]:
        if isinstance(step, XmlStep):
            return self._xml(step, reach)
        return self._json(step, reach)

    # -- XML, rows ----------------------------------------------------------------------------------------------------

    def _xml(self, step: XmlStep, reach: Reach) -> Iterable[Reach]:
        if step.prefix and step.prefix not in (self.notation.namespaces or {}):
            message = f"the prefix '{step.prefix}' is not declared"
            self._findings.error("P102", message, step.place, "declare it under source.namespaces")
            return []
        match step.axis:
            case Axis.SELF:
                found = [reach]
            case Axis.TEXT:
                return self._text(step, reach)
            case Axis.DESCENDANT:
                found = list(self._descendants(self.notation.name(step), step.place, reach))
            case _:
                one = self._child(self.notation.name(step), step.name, step.place, reach)
                found = [one] if one is not None else []
        return [self._selected(step, reach, one) for one in found]

    def _text(self, step: XmlStep, reach: Reach) -> list[Reach]:
        if not reach.facts.readable:
            self._findings.error("P105", f"{reach.label} has no text of its own", step.place)
            return []
        if reach.leaf == reach.trail:
            return [reach]
        facts = replace(reach.facts, kinds=reach.facts.kinds - {"object"}, children={}, others=None)
        return [replace(reach, trail=(*reach.trail, TEXT), label=_join(reach.label, TEXT), shape=Shape.of(facts))]

    def _selected(self, step: XmlStep, parent: Reach, found: Reach) -> Reach:
        """Apply predicates: a position leaves at most one per parent, a test may leave none."""
        for predicate in step.predicates:
            found = found.chosen(filter_text(predicate))
            position = position_of(predicate)
            if position:
                each = Occurrence(found.occurs.low // max(parent.occurs.low, 1), found.occurs.high)
                low = 1 if each.low >= position and parent.occurs.low else 0
                found = replace(found, occurs=parent.occurs * Occurrence(low, 1))
                continue
            for path in filter_paths(predicate):
                for tested in self.go(path, found):
                    self._read(tested)
            found = replace(found, occurs=found.occurs.optional())
        return found

    def _child(self, name: str, written: str, place: Place, reach: Reach) -> Reach | None:
        label = _join(reach.label, ("@" if name.startswith("@") else "") + written)
        if written in reach.links:
            linked = reach.links[written]
            return replace(linked, occurs=reach.occurs * linked.occurs)
        child = reach.facts.children.get(name)
        if child is not None:
            return reach.to(child, label)
        return self._undeclared(name, written, label, place, reach)

    def _undeclared(self, name: str, written: str, label: str, place: Place, reach: Reach) -> Reach | None:
        """Content that no schema names: assumed, open, or a mistake."""
        facts = reach.facts
        if reach.open or label in self._assumed:
            return self._opened(name, label, reach)
        message, fix = self._not_there(name, written, reach)
        if facts.others is None or name.startswith("@"):
            self._findings.error("P101", message, place, fix)
            # What was meant is one fault, not also a field that nothing reads.
            meant = closest(written, facts.children.values())
            if meant is not None:
                self._read(items_of(reach.to(meant, label)))
            return None
        if facts.others is not ANY:
            child = Child(name, facts.others, Occurrence(0, None if self.notation.kind == "xml" else 1))
            return reach.to(child, label)
        self._findings.error(
            "P104", f"{message}; the schema leaves {_top(reach)} open", place, fix or "list it under assume"
        )
        return None

    def _opened(self, name: str, label: str, reach: Reach) -> Reach:
        kind = self._assumed.get(label, "")
        shape = Shape.of(Facts(kinds=frozenset({kind}))) if kind in SCALARS else ANY
        high = 1 if self.notation.kind != "xml" or name.startswith("@") else None
        return Reach((*reach.trail, name), label, shape, reach.occurs * Occurrence(0, high), open=True)

    def _not_there(self, name: str, written: str, reach: Reach) -> tuple[str, str]:
        children = reach.facts.children
        what = "attribute" if name.startswith("@") else _WORDS.get(self.notation.kind, "element")
        message = f"no {what} '{written}' in {_top(reach)}"
        local = name.rpartition("}")[2].removeprefix("@")
        for other in children.values():
            if other.label.removeprefix("@") == local:
                if other.name.startswith("@") != name.startswith("@"):
                    kind = "an attribute" if other.name.startswith("@") else "an element"
                    return f"{message}; it is {kind} there ({other.origin})", f"write {_written(other)}"
                space = other.name.removeprefix("@").rpartition("}")[0].removeprefix("{")
                where = f"namespace {space}" if space else "no namespace"
                fix = "declare a prefix for it under source.namespaces" + ("" if space else ': {n: ""}')
                return f"{message}; the schema has it in {where} ({other.origin})", fix
        item = self._item_here
        if item is not None and item.trail != reach.trail == self.top.trail and name in item.facts.children:
            return message, f"write {written}: {_top(item)} has it, but this path begins at the top of the document"
        if not children and reach.links:
            close = difflib.get_close_matches(written, reach.links, n=1, cutoff=0.6)
            return message + (f"; did you mean '{close[0]}'?" if close else ""), ""
        same = [other for other in children.values() if other.name.startswith("@") == name.startswith("@")]
        return message + (suggested(written, same) or suggested(written, children.values())), ""

    def _descendants(self, name: str, place: Place, reach: Reach) -> Iterator[Reach]:
        found = 0
        stack: list[tuple[Reach, frozenset[int]]] = [(reach, frozenset())]
        while stack:
            here, above = stack.pop()
            if id(here.shape) in above:
                self._findings.error("P108", f"'{name.rpartition('}')[2]}' is searched through a recursive type", place)
                return
            below = above | {id(here.shape)}
            children = [child for child in here.facts.children.values() if not child.name.startswith("@")]
            for child in reversed(children):
                there = items_of(here.to(child, _join(here.label, child.label)))
                if child.name == name:
                    found += 1
                    yield there
                if there.facts.children and len(below) < _DEEPEST:
                    stack.append((there, below))
        if not found:
            self._findings.error("P101", f"nothing called '{name.rpartition('}')[2]}' below {_top(reach)}", place)

    # -- JSON ---------------------------------------------------------------------------------------------------------

    def _json(self, step: JsonStep, reach: Reach) -> Iterator[Reach]:
        if step.descendant:
            for selector in step.selectors:
                if isinstance(selector, JsonName):
                    yield from self._descendants(selector.name, step.place, reach)
            return
        for selector in step.selectors:
            match selector:
                case JsonName():
                    yield from self._member(selector.name, step.place, reach)
                case JsonIndex():
                    items = self._item(selector.index, step.place, reach)
                    yield from (one.chosen(selector_text(selector)) for one in items)
                case JsonSlice():
                    listed = self._items(step.place, reach)
                    if listed is not None:
                        yield replace(listed, occurs=listed.occurs.optional()).chosen(selector_text(selector))
                case JsonWildcard():
                    yield from self._every(step.place, reach)
                case JsonWhere():
                    yield from self._filtered(selector, step.place, reach)

    def _member(self, name: str, place: Place, reach: Reach) -> list[Reach]:
        facts = reach.facts
        if name in reach.links:
            linked = reach.links[name]
            return [replace(linked, occurs=reach.occurs * linked.occurs)]
        if "object" not in facts.kinds and not reach.open:
            self._no_members(name, place, reach)
            return []
        label = f"{reach.label}.{name}" if name.isidentifier() else f"{reach.label}['{name}']"
        child = facts.children.get(name)
        if child is not None:
            found: Reach | None = reach.to(child, label)
        else:
            found = self._undeclared(name, name, label, place, reach)
        return [found] if found is not None else []

    def _no_members(self, name: str, place: Place, reach: Reach) -> None:
        if "list" in reach.facts.kinds:
            self._findings.error(
                "P106",
                f"{reach.label} is a list; '{name}' is a member of its items",
                place,
                "write [*] after it, with pick in a value; or use each",
            )
        else:
            self._findings.error("P103", f"{reach.label} is a single value and has no member '{name}'", place)

    def _item(self, index: int, place: Place, reach: Reach) -> list[Reach]:
        facts = reach.facts
        if 0 <= index < len(facts.prefix):
            child = facts.prefix[index]
            low = 1 if facts.item is not None and facts.item.occurs.low > index else 0
            label = f"{reach.label}[{index}]"
            return [reach.to(replace(child, name=f"[{index}]", occurs=Occurrence(low, 1)), label)]
        items = self._items(place, reach)
        if items is None or facts.item is None:
            return []
        needed = index + 1 if index >= 0 else -index
        low = 1 if facts.item.occurs.low >= needed else 0
        return [replace(items, occurs=reach.occurs * Occurrence(low, 1))]

    def _items(self, place: Place, reach: Reach) -> Reach | None:
        if "list" not in reach.facts.kinds:
            self._findings.error("P103", f"{reach.label} is no list", place)
            return None
        return items_of(reach)

    def _every(self, place: Place, reach: Reach) -> list[Reach]:
        if "list" in reach.facts.kinds:
            items = self._items(place, reach)
            return [items] if items else []
        if "object" not in reach.facts.kinds:
            self._findings.error("P103", f"{reach.label} has no members", place)
            return []
        facts = reach.facts
        found = [reach.to(child, f"{reach.label}.{child.name}") for child in facts.children.values()]
        if facts.others is not None:
            found.append(reach.to(Child("*", facts.others, Occurrence(0, None)), f"{reach.label}.*"))
        return found

    def _filtered(self, selector: JsonWhere, place: Place, reach: Reach) -> list[Reach]:
        found = self._every(place, reach)
        for one in found:
            for path in filter_paths(selector.expression):
                for tested in self.go(path, one):
                    self._read(tested)
        return [replace(one, occurs=one.occurs.optional()).chosen(selector_text(selector)) for one in found]


def _written_path(path: Path, start: Reach) -> str:
    """A path in the words of the mapping; one from `.` with the name of the item it starts from."""
    if path.rooted or not path.text.startswith("."):
        return path.text
    item = start.label.rpartition("/")[2] if not start.label.startswith("$") else start.label
    return f"{item}{path.text[1:]}".removeprefix("/") if item else path.text


def _join(label: str, name: str) -> str:
    return f"{label}/{name}" if label else name


def _top(reach: Reach) -> str:
    return reach.label or "the document's element"


def _written(child: Child) -> str:
    return f"./{child.label}" if child.name.startswith("@") else child.label
