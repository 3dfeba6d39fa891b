"""Reading the officers' files word by word: lists, texts, days and closed vocabularies, every fault kept with its
place.

A `Reader` never stops at the first mistake. What it cannot read it reports and replaces by something harmless,
because a set with one fault is never loaded at all. Suggests the nearest words. Knows nothing about the meaning of
rules.
"""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from gateway.document.yaml_nodes import Entry, ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Fault, Place, Severity

__all__ = ["DEEPEST", "MOST_NODES", "Reader", "nearest", "open_file"]

DEEPEST = 12
"""Maps and lists inside one another, in one file of a policy."""
MOST_NODES = 20_000
"""Keys and values in one file of a policy."""

_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_SUGGESTIONS = 3


def nearest(word: str, words: Iterable[str]) -> str:
    """Give the words most like this one as "did you mean `x`?", or nothing when none is close."""
    known = {known.lower(): known for known in words}
    close = difflib.get_close_matches(word.lower(), list(known), n=_MOST_SUGGESTIONS, cutoff=0.7)
    return "did you mean " + " or ".join(f"`{known[one]}`" for one in close) + "?" if close else ""


def open_file(files: Mapping[str, bytes], name: str) -> MapNode:
    """Read one file of a set. Raises `DefinitionRefused` (Y codes of the reader, POL-003, -016, -018, -023)."""
    if name not in files:
        close = nearest(name, files)
        raise DefinitionRefused(Fault("POL-023", f"there is no file `{name}`", Place(name), close or "add the file"))
    node = read_yaml(files[name], name)
    faults = tuple(_shape_faults(node))
    if faults:
        raise DefinitionRefused(*faults)
    if not isinstance(node, MapNode):
        raise DefinitionRefused(Fault("POL-003", "the file must consist of lines `word: value`", node.place))
    return node


def _shape_faults(root: Node) -> Iterable[Fault]:
    """Depth, number of nodes and the normal form of every text, with an explicit stack."""
    waiting: list[tuple[Node, int]] = [(root, 1)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > DEEPEST and not isinstance(node, TextNode):
            yield Fault("POL-018", f"nested more than {DEEPEST} deep", node.place, "write it flatter")
            return
        if count > MOST_NODES:
            yield Fault("POL-018", f"more than {MOST_NODES} keys and values", node.place, "split the policy")
            return
        if isinstance(node, TextNode):
            if not unicodedata.is_normalized("NFC", node.text):
                fix = "save the file in the normal form NFC: letters with accents as one character"
                yield Fault("POL-016", "text is not in the normal form NFC", node.place, fix)
        elif isinstance(node, ListNode):
            waiting.extend((item, depth + 1) for item in reversed(node.items))
        else:
            for entry in reversed(node.entries):
                waiting.extend(((entry.value, depth + 1), (entry.key, depth)))


@dataclass(slots=True)
class Reader:
    """Gathers faults while a file is read. Every method gives something usable, also after a fault."""

    faults: list[Fault] = field(default_factory=list)

    def fault(self, code: str, message: str, place: Place, fix: str = "") -> None:
        """Keep an error."""
        self.faults.append(Fault(code, message, place, fix))

    def warn(self, code: str, message: str, place: Place, fix: str = "") -> None:
        """Keep a warning; it does not stop loading."""
        self.faults.append(Fault(code, message, place, fix, Severity.WARNING))

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What stops loading, in the order of files and lines."""
        found = (fault for fault in self.faults if fault.severity is Severity.ERROR)
        return tuple(sorted(dict.fromkeys(found), key=lambda fault: fault.place))

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What a reader of the report should know."""
        found = (fault for fault in self.faults if fault.severity is Severity.WARNING)
        return tuple(sorted(dict.fromkeys(found), key=lambda fault: fault.place))

    def keys(self, node: MapNode, allowed: Collection[str], required: Collection[str], what: str) -> None:
        """Refuse keywords that do not belong here, and miss those that must be."""
        for entry in node:
            if entry.key.text not in allowed:
                close = nearest(entry.key.text, allowed)
                fix = close or "allowed here: " + ", ".join(allowed)
                self.fault("POL-001", f"`{entry.key.text}` does not belong in {what}", entry.key.place, fix)
        for word in required:
            if word not in node:
                self.fault("POL-002", f"{what} has no line `{word}`", node.place, f"add `{word}: ...`")

    def maps(self, node: Node | None, what: str) -> list[MapNode]:
        """Give the entries of a list of groups of lines."""
        if node is None:
            return []
        if not isinstance(node, ListNode):
            self.fault("POL-003", f"{what} must be a list", node.place, "begin each entry with a hyphen")
            return []
        entries = []
        for item in node:
            if isinstance(item, MapNode):
                entries.append(item)
            else:
                self.fault("POL-003", f"each entry of {what} must consist of lines `word: value`", item.place)
        if not node.items:
            self.fault("POL-005", f"{what} is empty", node.place, "leave the line out, or add an entry")
        return entries

    def map(self, node: Node | None, what: str) -> MapNode | None:
        """Give a group of lines."""
        if node is None or isinstance(node, MapNode):
            return node
        self.fault("POL-003", f"{what} must consist of lines `word: value`", node.place)
        return None

    def entries(self, node: Node | None, what: str) -> tuple[Entry, ...]:
        """Give the lines of a group of lines."""
        found = self.map(node, what)
        return found.entries if found else ()

    def text(self, node: Node | None, what: str) -> str:
        """Give a text, never empty."""
        if node is None:
            return ""
        if not isinstance(node, TextNode):
            self.fault("POL-003", f"{what} must be a text", node.place)
            return ""
        if not node.text.strip():
            self.fault("POL-005", f"{what} is empty", node.place, "write a text, or leave the line out")
        return node.text

    def number(self, node: Node | None, what: str) -> int:
        """Give a whole number of at most nine digits."""
        text = self.text(node, what)
        if node is None or not text:
            return 0
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            self.fault("POL-013", f"{what} must be a whole number", node.place)
            return 0
        return int(text)

    def day(self, node: Node | None, what: str) -> str:
        """Give a day as `YYYY-MM-DD`."""
        text = self.text(node, what)
        if node is None or not text:
            return ""
        if _DAY.fullmatch(text):
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                pass
        self.fault("POL-012", f"{what} must be a day", node.place, "write it like 2026-12-31")
        return ""

    def identifier(self, node: Node | None, what: str) -> str:
        """Give an id: letters a to z, digits and hyphens, beginning with a letter, so that no two look alike."""
        text = self.text(node, what)
        if node is not None and text and not _ID.fullmatch(text):
            fix = "use letters a to z, digits and hyphens, and begin with a letter"
            self.fault("POL-008", f"{what} cannot be an id", node.place, fix)
        return text

    def word(self, node: Node | None, known: Collection[str], what: str) -> str:
        """Give one word of a closed list."""
        text = self.text(node, what)
        if node is not None and text and text not in known:
            self.unknown(text, known, node.place, what)
            return ""
        return text

    def unknown(self, text: str, known: Collection[str], place: Place, what: str) -> None:
        """Report a word that is not in its list, with the nearest ones."""
        few = "one of " + ", ".join(known) if 0 < len(known) <= 8 else "see the vocabulary"
        self.fault("POL-004", f"{what}: `{text}` is not a word of the vocabulary", place, nearest(text, known) or few)

    def listed(self, node: Node | None, what: str, *, may_be_empty: bool = False) -> list[TextNode]:
        """Give the texts of a list: not empty, nothing twice."""
        if node is None:
            return []
        if not isinstance(node, ListNode):
            self.fault("POL-003", f"{what} must be a list", node.place, "put it in brackets: [a, b]")
            return []
        if not node.items and not may_be_empty:
            self.fault("POL-005", f"{what} is an empty list", node.place, "leave the line out to place no restriction")
        texts: dict[str, TextNode] = {}
        for item in node:
            if not isinstance(item, TextNode):
                self.fault("POL-003", f"each entry of {what} must be a text", item.place)
            elif item.text in texts:
                self.fault("POL-006", f"{what} names `{item.text}` twice", item.place, "write it once")
            elif not item.text.strip():
                self.fault("POL-005", f"an entry of {what} is empty", item.place)
            else:
                texts[item.text] = item
        return list(texts.values())

    def words(self, node: Node | None, known: Collection[str], what: str, *, may_be_empty: bool = False) -> list[str]:
        """Give the words of a list, each from a closed list."""
        found = []
        for item in self.listed(node, what, may_be_empty=may_be_empty):
            if item.text in known:
                found.append(item.text)
            else:
                self.unknown(item.text, known, item.place, what)
        return found

    def unique(self, seen: dict[str, Place], word: str, place: Place, what: str) -> None:
        """Refuse an id that was used before; both places are in the fault."""
        if word in seen:
            fault = Fault("POL-007", f"{what} `{word}` is used twice", place, "give each its own", at=seen[word])
            self.faults.append(replace(fault, severity=Severity.ERROR))
        elif word:
            seen[word] = place
