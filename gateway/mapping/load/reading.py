"""Taking a mapping file's YAML nodes apart: words, scalars and lists, with every fault collected and none fatal.

Guarantees that an unknown or misplaced word is W001 with a suggestion, that each fault has the place of the offending
text, and that reading goes on behind it: an author sees all faults of a file at once.
"""

import difflib
import posixpath
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from typing import TypeVar

from gateway.document.yaml_nodes import Entry, ListNode, MapNode, Node, TextNode
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.rules import Word
from gateway.mapping.language.spelling import Located
from gateway.mapping.paths.jsonpath import parse_jsonpath
from gateway.mapping.paths.path import Path, Syntax
from gateway.mapping.paths.xpath import parse_xpath

__all__ = ["Reading", "located", "resolve", "suggestion"]

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


def resolve(file: str, reference: str) -> str | None:
    """Give the path of a file that another file names, or None when it leads out of the deployment."""
    if reference.startswith("/") or "\\" in reference or "\0" in reference:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), reference))
    return None if path.startswith("../") or path == ".." else path


def suggestion(word: str, known: Iterable[str]) -> str:
    """Give `; did you mean 'x'?`, or nothing."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


class Reading:
    """The state of reading one file: its syntax of paths, and the faults found so far."""

    def __init__(self, file: str, syntax: Syntax) -> None:
        self.file = file
        self.syntax = syntax
        self.faults: list[Fault] = []

    def fault(self, code: str, message: str, place: Place, fix: str = "") -> None:
        """Note a fault and go on."""
        self.faults.append(Fault(code, message, place, fix=fix))

    def attempt(self, parse: Callable[[], _T]) -> _T | None:
        """Run a parser that raises; note its faults and give None when it does."""
        try:
            return parse()
        except DefinitionRefused as refused:
            self.faults.extend(refused.faults)
            return None

    # -- kinds of nodes ---------------------------------------------------------------------------------------------

    def mapping(self, node: Node, what: str) -> MapNode | None:
        """Give the node if it is a mapping, else note W002."""
        if isinstance(node, MapNode):
            return node
        self.fault("W002", f"{what} must be a mapping of words", node.place)
        return None

    def words(
        self, node: Node, allowed: Collection[str], what: str, elsewhere: Collection[str] = ()
    ) -> dict[str, Node] | None:
        """Give the entries of a mapping by word; unknown words are W001 and left out."""
        found = self.mapping(node, what)
        if found is None:
            return None
        entries: dict[str, Node] = {}
        for entry in found.entries:
            key, value = entry.key, entry.value
            if key.text in allowed:
                entries[key.text] = value
            elif key.text in elsewhere:
                self.fault("W001", f"the word '{key.text}' has no place in {what}", key.place)
            else:
                hint = suggestion(key.text, (*allowed, *elsewhere))
                self.fault("W001", f"unknown word '{key.text}' in {what}{hint}", key.place)
        return entries

    def some(self, node: Node, what: str) -> tuple[Node, ...]:
        """Give the items of a list; one without any is W003: it would say nothing in silence."""
        items = self.items(node, what)
        if isinstance(node, ListNode) and not items:
            self.fault("W003", f"{what} holds nothing", node.place, "write what it holds, or leave it out")
        return items

    def items(self, node: Node, what: str) -> tuple[Node, ...]:
        """Give the items of a list, else note W002 and give nothing."""
        if isinstance(node, ListNode):
            return node.items
        self.fault("W002", f"{what} must be a list", node.place)
        return ()

    def pairs(self, node: Node, what: str) -> tuple[tuple[Word, Node], ...]:
        """Give the entries of a mapping whose keys are names of the author."""
        found = self.mapping(node, what)
        if found is None:
            return ()
        return tuple((Word(entry.key.text, entry.key.place), entry.value) for entry in found.entries)

    def map_entries(self, node: Node | None, what: str) -> tuple[Entry, ...]:
        """Give the entries of a mapping whose keys are paths; None gives none."""
        found = None if node is None else self.mapping(node, what)
        return () if found is None else found.entries

    def word(self, node: Node | None, what: str) -> Word | None:
        """Give a scalar, else note W002; None stays None."""
        if node is None:
            return None
        if isinstance(node, TextNode):
            return Word(node.text, node.place)
        self.fault("W002", f"{what} must be a single text", node.place)
        return None

    def required(self, node: Node | None, what: str, place: Place) -> Word:
        """Give a scalar that must be there (W003); an empty word stands in for it after a fault."""
        if node is None:
            self.fault("W003", f"{what} is missing", place)
            return Word("", place)
        return self.word(node, what) or Word("", node.place)

    def word_list(self, node: Node | None, what: str) -> tuple[Word, ...]:
        """Give the scalars of a list; None gives none."""
        if node is None:
            return ()
        words = (self.word(item, what) for item in self.items(node, what))
        return tuple(word for word in words if word is not None)

    def boolean(self, node: Node | None, what: str, default: bool = False) -> bool:
        """Read `true` or `false`, the only two words for it (W005)."""
        word = self.word(node, what)
        if word is None:
            return default
        if word.text not in {"true", "false"}:
            self.fault("W005", f"{what} must be true or false", word.place)
            return default
        return word.text == "true"

    def choice(self, node: Node | None, what: str, allowed: type[_E]) -> _E | None:
        """Read one of the words of an enumeration (W005)."""
        word = self.word(node, what)
        if word is None:
            return None
        try:
            return allowed(word.text)
        except ValueError:
            names = [str(member) for member in allowed]
            hint = suggestion(word.text, names)
            self.fault("W005", f"{what} must be one of {', '.join(names)}{hint}", word.place)
            return None

    def one_of(self, node: Node | None, what: str, allowed: Collection[str]) -> Word | None:
        """Read one of a few words (W005)."""
        word = self.word(node, what)
        if word is None or word.text in allowed:
            return word
        hint = suggestion(word.text, allowed)
        self.fault("W005", f"{what} must be one of {', '.join(allowed)}{hint}", word.place)
        return None

    # -- texts with a grammar of their own --------------------------------------------------------------------------

    def path(self, node: Node | None, what: str) -> Path | None:
        """Read a path in the notation of the source format."""
        if node is None:
            return None
        if not isinstance(node, TextNode):
            self.fault("W002", f"{what} must be a path", node.place)
            return None
        return self.path_of(located(node))

    def path_of(self, text: Located) -> Path | None:
        """Parse a located text as a path."""
        parse = parse_xpath if self.syntax is Syntax.XPATH else parse_jsonpath
        return self.attempt(lambda: parse(text))

    def unique(self, words: Iterable[Word], what: str) -> None:
        """Note W007 for every name given twice."""
        taken: dict[str, Word] = {}
        for word in words:
            if word.text in taken:
                first = taken[word.text].place
                self.faults.append(Fault("W007", f"{what} '{word.text}' is declared twice", word.place, at=first))
            else:
                taken[word.text] = word


def located(node: TextNode) -> Located:
    """Give the text of a node with the columns of its characters."""
    whole = node.at(0, len(node.text))
    counted = whole.end_column - whole.column == len(node.text)
    return Located(node.text, node.place, whole.column if counted else 0)
