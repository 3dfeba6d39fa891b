"""The only reader of YAML, for mappings, policies and settings: nodes with places, every scalar stays text.

Guarantees a small part of YAML: maps with plain keys, lists, texts. `NO` is a text. Refused are anchors, aliases, tags,
merge keys, directives, second documents, doubled keys (both places are shown), keys without a value, tabs, control and
bidirectional characters, and all beyond the limits; no verdict depends on the depth of the call stack. Comments are
dropped. Knows no words: what a key means is decided by whoever loads the nodes. Never reads messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeAlias

import yaml

from gateway.document.tree import JsonValue
from gateway.document.yaml_text import LARGEST, checked_text, hidden_fault, position_in, syntax_fault
from gateway.errors import DefinitionRefused, Fault, Place

__all__ = [
    "DEEPEST",
    "LARGEST",
    "MOST_NODES",
    "Entry",
    "ListNode",
    "MapNode",
    "Node",
    "Style",
    "TextNode",
    "plain_value",
    "read_yaml",
]

DEEPEST = 32
"""Maps and lists inside one another."""

MOST_NODES = 100_000
"""Keys and values of one file."""

Style = Literal["plain", "single", "double", "literal", "folded"]

_STYLES: dict[str | None, Style] = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_MOST_FAULTS = 100
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class TextNode:
    """A scalar, always a text. `place` spans it with its quotes if it is on one line; `style` is how it was written."""

    text: str
    place: Place
    style: Style = "plain"

    def at(self, start: int, end: int) -> Place:
        """Give the place of the characters from `start` to `end`, or of the node where escapes forbid counting."""
        quotes = 0 if self.style == "plain" else 1
        if self.place.end_column - self.place.column != len(self.text) + 2 * quotes:
            return self.place
        first = self.place.column + quotes
        return Place(self.place.file, self.place.line, first + start, self.place.path, first + end)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a map and its value. The place of the entry is that of its key."""

    key: TextNode
    value: "Node"


@dataclass(frozen=True, slots=True)
class MapNode:
    """A map: entries in the order of the file, no key twice. `place` is where it begins."""

    entries: tuple[Entry, ...]
    place: Place
    _index: dict[str, Entry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {entry.key.text: entry for entry in self.entries})

    def get(self, key: str) -> "Node | None":
        """Give the value of a key, or None."""
        entry = self._index.get(key)
        return None if entry is None else entry.value

    def entry(self, key: str) -> Entry | None:
        """Give the key with its place and the value, or None."""
        return self._index.get(key)

    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the file."""
        return tuple(self._index)

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list: items in the order of the file. `place` is where it begins."""

    items: tuple["Node", ...]
    place: Place

    def __iter__(self) -> Iterator["Node"]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


Node: TypeAlias = MapNode | ListNode | TextNode


def plain_value(node: Node) -> JsonValue:
    """Give the words of a node without its layout and places: maps, lists, and texts."""
    match node:
        case MapNode():
            return {entry.key.text: plain_value(entry.value) for entry in node}
        case ListNode():
            return [plain_value(item) for item in node]
        case TextNode():
            return node.text


def read_yaml(data: bytes, file: str) -> Node:
    """Read one YAML document; `file` is the name shown in places.

    Raises `DefinitionRefused` with every fault found (Y001 to Y017), at most 100; a broken grammar, too deep nesting
    and too many nodes end the reading at once.
    """
    text = checked_text(data, file)
    reading = _Reading(text, file)
    stopped = -1
    deep = False
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reading.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        stopped = mark.index if mark else 0
        deep = "nesting" in (getattr(error, "problem", None) or "")
    if deep:
        reading.refuse_depth(position_in(text, stopped, file))
    if stopped >= 0:
        broken = syntax_fault(text, stopped, file)
        # What is missing on a line whose grammar is broken is not missing.
        kept = [each for each in reading.faults if each.code != "Y015" or each.place.line != broken.place.line]
        reading.faults = [*kept, broken]
    return reading.result()


class _Open:
    """A map or list that is being read."""

    __slots__ = ("entries", "is_map", "items", "key", "place", "seen")

    def __init__(self, place: Place, *, is_map: bool) -> None:
        self.place = place
        self.is_map = is_map
        self.items: list[Node] = []
        self.entries: list[Entry] = []
        self.seen: dict[str, Place] = {}
        self.key: TextNode | None = None

    def node(self) -> Node:
        return MapNode(tuple(self.entries), self.place) if self.is_map else ListNode(tuple(self.items), self.place)


class _Reading:
    """Turns events into nodes, one after the other, and gathers faults."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.faults: list[Fault] = []
        self.open: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0
        self.nodes = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event. Raises `DefinitionRefused` where reading on would be dangerous."""
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.fault("Y011", "a second document", self.place(event), "one file holds one document")
                    raise DefinitionRefused(*self.faults[:_MOST_FAULTS])
            case yaml.AliasEvent():
                self.fault("Y008", "an alias", self.place(event), "put a value that begins with * in quotes")
                self.put(TextNode("", self.place(event)))
            case yaml.ScalarEvent():
                self.properties(event)
                self.scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.properties(event)
                self.begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.put(self.open.pop().node())
            case _:
                pass

    def begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        place = self.place(event)
        top = self.open[-1] if self.open else None
        if top is not None and top.is_map and top.key is None:
            self.fault("Y014", "a key that is itself a map or a list", place, "write a plain key; put paths in quotes")
            raise DefinitionRefused(*self.faults[:_MOST_FAULTS])
        if len(self.open) >= DEEPEST:
            self.refuse_depth(place)
        self.open.append(_Open(place, is_map=isinstance(event, yaml.MappingStartEvent)))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        node = TextNode(event.value, self.place(event), _STYLES.get(event.style, "plain"))
        hidden = None if node.text.isascii() and node.text.isprintable() else hidden_fault(node.text, node.place)
        if hidden is not None:
            self.faults.append(hidden)
        top = self.open[-1] if self.open else None
        if top is not None and top.is_map and top.key is None:
            self.key(node, event, top)
        else:
            if not node.text and node.style == "plain" and event.tag is None:
                where = top.key.place if top is not None and top.key is not None else node.place
                self.fault("Y015", "nothing after this", where, "write a value; an empty text is written as two quotes")
            self.put(node)

    def key(self, node: TextNode, event: yaml.ScalarEvent, top: _Open) -> None:
        if not node.text or self.after_question_mark(event):
            self.fault("Y014", "a key that is not a plain word", node.place, "write the key and a colon")
        if node.text == "<<" and node.style == "plain":
            self.fault("Y013", "a merge key", node.place, "write the keys out")
        first = top.seen.setdefault(node.text, node.place)
        if first is not node.place:
            self.faults.append(
                Fault("Y012", "this key is in the map already", node.place, "keep one of them", at=first)
            )
        top.key = node

    def after_question_mark(self, event: yaml.ScalarEvent) -> bool:
        """True for a key written as `? key`, the form that YAML needs for keys that are no plain words."""
        at = event.start_mark.index - 1 if event.start_mark else -1
        while at >= 0 and self.text[at] == " ":
            at -= 1
        return at >= 0 and self.text[at] == "?"

    def put(self, node: Node) -> None:
        """Hand a finished node to what is open around it."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.fault("Y017", f"more than {MOST_NODES} values", node.place, "move parts into files of their own")
            raise DefinitionRefused(*self.faults[:_MOST_FAULTS])
        if not self.open:
            self.root = node
            return
        top = self.open[-1]
        if not top.is_map:
            top.items.append(node)
        elif top.key is None:  # an alias in the place of a key, reported already
            top.key = TextNode("", node.place)
        else:
            top.entries.append(Entry(top.key, node))
            top.key = None

    def properties(self, event: yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        """Refuse what may stand before a node in YAML and not here."""
        if event.anchor is not None:
            self.fault("Y008", "an anchor", self.place(event), "put a value that begins with & in quotes")
        if event.tag is not None:
            self.fault("Y009", "a tag", self.place(event), "put a value that begins with ! in quotes")

    def refuse_depth(self, place: Place) -> NoReturn:
        self.fault("Y007", f"nested more than {DEEPEST} deep", place, "move parts into files of their own")
        raise DefinitionRefused(*self.faults[-_MOST_FAULTS:])

    def fault(self, code: str, message: str, place: Place, fix: str) -> None:
        self.faults.append(Fault(code, message, place, fix))

    def place(self, event: yaml.Event) -> Place:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return Place(self.file)
        on_one_line = start.line == end.line and end.column > start.column
        whole = isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)) and on_one_line
        return Place(self.file, start.line + 1, start.column + 1, "", end.column + 1 if whole else 0)

    def result(self) -> Node:
        if self.faults:
            raise DefinitionRefused(*self.faults[:_MOST_FAULTS])
        if self.root is None:
            raise DefinitionRefused(Fault("Y016", "nothing in this file", Place(self.file), "write the first key"))
        return self.root
