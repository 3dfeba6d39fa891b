"""Reading context expressions: paths, `in`, `join`, `all`, `group`, `slots`, `parse`, and `pick`."""

import re
from collections.abc import Callable

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode
from gateway.errors import Place
from gateway.mapping.language.rules import (
    All,
    Context,
    Group,
    Inside,
    Join,
    Parse,
    Pick,
    PickKind,
    Slots,
    Value,
    Word,
)
from gateway.mapping.language.spelling import Located
from gateway.mapping.language.words import words_of
from gateway.mapping.load.reading import Reading, located
from gateway.mapping.paths.path import Path

__all__ = ["CONTEXT_WORDS", "ContextReader"]

CONTEXT_WORDS = frozenset({"in", "join", "all", "group", "slots", "parse"})
"""Words that make a mapping a context expression."""

_RANGE = re.compile(r"([1-9][0-9]{0,2})-([1-9][0-9]{0,2})")


class ContextReader:
    """Reads contexts. `read_value` reads the value inside `parse`: contexts and values contain each other."""

    def __init__(self, reading: Reading, read_value: Callable[[Node, frozenset[str]], Value | None]) -> None:
        self._reading = reading
        self._read_value = read_value

    def context(self, node: Node) -> Context | None:
        """Read a path or a context expression."""
        if isinstance(node, TextNode):
            return self._reading.path(node, "a path")
        if not isinstance(node, MapNode):
            self._reading.fault("W002", "expected a path or a context such as {in: ..., from: ...}", node.place)
            return None
        written = set(node.keys())
        kinds = sorted(written & CONTEXT_WORDS)
        if len(kinds) != 1:
            message = "a context has exactly one of in, join, all, group, slots and parse"
            self._reading.fault("W004", message, node.place)
            return None
        if kinds[0] == "parse":
            return self._parse(node)
        what = f"a context with '{kinds[0]}'"
        words = self._reading.words(node, words_of(what), what, CONTEXT_WORDS)
        return None if words is None else self.from_words(kinds[0], words, node.place)

    def from_words(self, kind: str, words: dict[str, Node], place: Place) -> Context | None:
        """Make a context of the words that belong to it, also from inside a value rule."""
        match kind:
            case "in":
                name = self._reading.word(words["in"], "in")
                path = self._reading.path(words.get("from"), "from")
                return None if name is None else Inside(name, path, place)
            case "join":
                return self._join(words, place)
            case "all":
                name = self._reading.word(words["all"], "all")
                path = self._reading.path(words.get("from"), "from")
                return None if name is None else All(name, path, place)
            case "group":
                return self._group(words, place)
            case _:
                return self._slots(words, place)

    def keys(self, node: Node | None) -> tuple[Context, ...]:
        """Read a key: one context, or a list of them."""
        if node is None:
            return ()
        nodes = node.items if isinstance(node, ListNode) else (node,)
        contexts = (self.context(item) for item in nodes)
        return tuple(context for context in contexts if context is not None)

    def paths(self, node: Node | None, what: str) -> tuple[Path, ...]:
        """Read one path or a list of them."""
        if node is None:
            return ()
        nodes = node.items if isinstance(node, ListNode) else (node,)
        paths = (self._reading.path(item, what) for item in nodes)
        return tuple(path for path in paths if path is not None)

    def pick(self, node: Node | None) -> Pick | None:
        """Read `pick:`."""
        if node is None:
            return None
        if isinstance(node, TextNode):
            kind = self._reading.choice(node, "pick", PickKind)
            if kind in {PickKind.MAX, PickKind.MIN, PickKind.CONCAT}:
                self._reading.fault("W004", f"'{kind}' needs an argument: {{{kind}: ...}}", node.place)
                return None
            return None if kind is None else Pick(kind, node.place)
        words = self._reading.words(node, words_of("pick"), "pick")
        if words is None:
            return None
        if len(words) != 1:
            self._reading.fault("W004", "pick has exactly one of max, min and concat", node.place)
            return None
        word, argument = next(iter(words.items()))
        if word == "concat":
            separator = self._reading.word(argument, "concat")
            return None if separator is None else Pick(PickKind.CONCAT, node.place, separator=separator.text)
        path = self._reading.path(argument, word)
        return None if path is None else Pick(PickKind(word), node.place, path=path)

    def pick_of_nodes(self, node: Node | None, what: str) -> Pick | None:
        """Read a `pick:` that takes one of several nodes: their values are not compared, and not joined."""
        pick = self.pick(node)
        if pick is not None and pick.kind in {PickKind.SAME, PickKind.CONCAT}:
            message = f"'{pick.kind}' is for values; {what} picks one node"
            self._reading.fault("W006", message, pick.place, "write first, last, only, {max: PATH} or {min: PATH}")
        return pick

    def _parse(self, node: MapNode) -> Context | None:
        name = self._reading.word(node.get("parse"), "parse")
        value = self._read_value(node, frozenset({"parse"}))
        return None if name is None or value is None else Parse(name, value, node.place)

    def _join(self, words: dict[str, Node], place: Place) -> Context | None:
        name = self._reading.word(words["join"], "join")
        if "key" not in words:
            self._reading.fault("W003", "join needs the key to look for", place, fix="write key: PATH")
            return None
        path = self._reading.path(words.get("from"), "from")
        return None if name is None else Join(name, self.keys(words["key"]), path, place)

    def _group(self, words: dict[str, Node], place: Place) -> Context | None:
        members = self.paths(words["group"], "group")
        by = self.paths(words.get("by"), "by")
        adjacent = self._reading.boolean(words.get("adjacent"), "adjacent")
        if "by" not in words:
            self._reading.fault("W003", "group needs its key fields", place, fix="write by: [FIELD, ...]")
            return None
        names: set[str] = set()
        for path in (*members, *by):
            if not path.last_name:
                self._reading.fault("W005", "a path of a group ends in a name, by which it is read", path.place)
            elif path.last_name in names:
                self._reading.fault("W007", f"two parts of the group are called '{path.last_name}'", path.place)
            names.add(path.last_name)
        return Group(members, by, adjacent, place) if members and by else None

    def _slots(self, words: dict[str, Node], place: Place) -> Context | None:
        node = words["slots"]
        if isinstance(node, ListNode):
            self._reading.some(node, "slots")
            paths = self.paths(node, "slots")
            if "of" in words:
                self._reading.fault("W006", "'of' goes with a range of slots such as 1-3", words["of"].place)
            return Slots(paths, 1, len(paths), (), place)
        word = self._reading.word(node, "slots")
        found = None if word is None else _RANGE.fullmatch(word.text)
        if word is None or found is None or int(found[1]) > int(found[2]):
            self._reading.fault("W005", "slots is a list of paths, or a range such as 1-3 with 'of'", node.place)
            return None
        first, last = int(found[1]), int(found[2])
        if "of" not in words:
            self._reading.fault("W003", "a range of slots needs 'of' with the names of each slot's fields", place)
            return None
        of: list[tuple[Word, tuple[Path, ...]]] = []
        for name, template in self._reading.pairs(words["of"], "of"):
            expanded = self._expand(template, first, last)
            if expanded is not None:
                of.append((name, expanded))
        return Slots((), first, last, tuple(of), place)

    def _expand(self, node: Node, first: int, last: int) -> tuple[Path, ...] | None:
        """Put each number for `{n}`: every column of a range of slots is a path that can be checked."""
        if not isinstance(node, TextNode):
            self._reading.fault("W002", "a field of a slot must be a path with {n}", node.place)
            return None
        if "{n}" not in node.text:
            self._reading.fault("W008", "the path of a slot's field must contain {n}", node.place)
            return None
        whole = located(node)
        paths: list[Path] = []
        for number in range(first, last + 1):
            path = self._reading.path_of(Located(whole.text.replace("{n}", str(number)), whole.place))
            if path is None:
                return None
            paths.append(path)
        return tuple(paths)
