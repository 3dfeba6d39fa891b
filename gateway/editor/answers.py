"""Answers to an editor's questions about one file: faults, what may stand at a cursor, what a word means, where it is.

Takes the files of a deployment and what the editor has open as values. Lines and columns are those of `Place`: from 1,
in characters. Never raises for what a file says. What cannot be followed is answered with nothing, never with a guess.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gateway.document.yaml_nodes import MapNode, Node, TextNode, read_yaml
from gateway.editor.cursor import Spot, find
from gateway.editor.meaning import Known, known
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.check.mapping import check_mapping
from gateway.mapping.check.reach import Reach
from gateway.mapping.convert.catalogue import CONVERTERS
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.rules import ErrorWord, MissingWord, PickKind
from gateway.mapping.language.words import PLACES
from gateway.mapping.load.reading import resolve
from gateway.mapping.shapes.shape import Child

__all__ = ["Answers", "Offer"]

_MARK = "zzCURSORzz"
_PATHS = frozenset({"path", "paths", "context", "contexts", "value", "entry", "condition"})
_TOKEN = re.compile(r"[\w@./$\[\]:*-]*\Z")
_WORD = re.compile(r"[\w@./$\[\]:*-]+")


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may stand at a cursor. `kind` is word, path, field, name, table, converter or choice."""

    label: str
    kind: str
    detail: str = ""


class Answers:
    """Answers about the files of one deployment. `open_files` are texts that the editor has and the disk has not."""

    def __init__(self, files: Mapping[str, bytes], fmt: ExchangeFormat, pages: Mapping[str, str]) -> None:
        self._disk = files
        self._fmt = fmt
        self._pages = pages
        self._last: dict[str, Known] = {}
        self.open_files: dict[str, bytes] = {}

    @property
    def _files(self) -> dict[str, bytes]:
        return {**self._disk, **self.open_files}

    def faults(self, path: str) -> tuple[Fault, ...]:
        """Check a mapping with everything it uses; the faults of all its files."""
        return check_mapping(path, self._files, self._fmt).faults

    def page(self, code: str) -> str:
        """Give the page of a code, empty where there is none."""
        return self._pages.get(code, "")

    # -- what may stand here ----------------------------------------------------------------------------------------

    def offers(self, path: str, line: int, column: int) -> list[Offer]:
        """Give what may stand at a cursor, given what is typed already."""
        text = self._files.get(path, b"").decode("utf-8", "replace")
        lines = text.split("\n")
        if not 0 < line <= len(lines):
            return []
        before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
        token = _TOKEN.search(before)
        typed = "" if token is None else token[0]
        # As a text, as a key that has no colon yet, and as a key that has no value yet.
        for ending in (after, f": x{after}", f"{after} x"):
            lines[line - 1] = before + _MARK + ending
            whole = "\n".join(lines).encode()
            spot = _spot(whole, path, lambda node: _MARK in node.text)
            if spot is not None and spot.is_key and spot.kind.startswith("{"):
                words = PLACES.get(spot.kind[1:-1], {})
                return [Offer(word, "word", meaning.summary) for word, meaning in words.items()]
            if spot is not None:
                about = self._known(path, whole)
                return [] if about is None else list(self._offered(spot, about, typed))
        return []

    def _known(self, path: str, data: bytes) -> Known | None:
        """Read a mapping as it is, or as it was when it could last be read."""
        found = known(path, {**self._files, path: data}, self._fmt) or known(path, self._files, self._fmt)
        if found is None:
            return self._last.get(path) or self._shortened(path)
        self._last[path] = found
        return found

    def _shortened(self, path: str) -> Known | None:
        """Read a mapping without its rules: enough for source, target and tables."""
        head = re.split(rb"^(?:map|split):", self._files.get(path, b""), maxsplit=1, flags=re.MULTILINE)[0]
        return known(path, {**self._files, path: head + b"\nmap: {}\n"}, self._fmt)

    def _offered(self, spot: Spot, about: Known, typed: str) -> Iterator[Offer]:
        if spot.is_key:
            if spot.kind == "*entry":
                yield from _fields(about, spot, typed)
            return
        mapping = about.file
        match spot.kind, spot.word:
            case _, "lookup" | "table":
                yield from (Offer(table.name.text, "table", table.path.text) for table in mapping.tables)
            case _, "join" | "all":
                yield from (Offer(index.name.text, "name") for index in mapping.index)
            case _, "in" | "ref":
                names = [word for block in spot.around if isinstance(word := block.get("as"), TextNode)]
                every = names if spot.word == "in" else list(_names(self._root(mapping.file)))
                yield from (Offer(name.text, "name") for name in every)
                if spot.word == "in":
                    yield Offer("envelope", "name", "what the transport knows of the message")
            case _, "part":
                yield from (Offer(part.name.text, "name", part.file) for part in mapping.parts)
            case (("converter" | "converters"), _):
                yield from (Offer(name, "converter", one.summary) for name, one in CONVERTERS.items())
            case kind, _:
                yield from (Offer(word, "choice") for word in _choices(kind))
                if kind in _PATHS:
                    yield from _paths(about, spot, typed)

    def _root(self, path: str) -> Node | None:
        return _read(self._files.get(path, b""), path)

    # -- what something means, and where it is ------------------------------------------------------------------------

    def _at(self, path: str, line: int, column: int) -> tuple[Spot, Known] | None:
        data = self._files.get(path, b"")
        spot = _spot(data, path, lambda node: _covers(node.place, line, column))
        about = None if spot is None else self._known(path, data)
        return None if spot is None or about is None else (spot, about)

    def hover(self, path: str, line: int, column: int) -> str:
        """Say what the word, path, field, table or converter at a cursor is, as Markdown; empty where nothing is."""
        found = self._at(path, line, column)
        if found is None:
            return ""
        spot, about = found
        if spot.is_key:
            meaning = PLACES.get(spot.kind[1:-1], {}).get(spot.node.text) if spot.kind.startswith("{") else None
            return _field(about, spot) if meaning is None else f"**{spot.node.text}**: {meaning.summary}"
        text = spot.node.text
        if spot.kind in {"converter", "converters"} and text in CONVERTERS:
            return f"**{text}**: {CONVERTERS[text].summary}."
        if spot.word in {"lookup", "table"}:
            table = self._table(about.file, text)
            return "" if not table else f"**{text}**: code table `{table}`"
        reach = _reached(about, spot, column)
        return "" if reach is None else _place(reach)

    def definition(self, path: str, line: int, column: int) -> Place | None:
        """Give where the thing at a cursor is declared: a line of a schema, a table, a part file, a block."""
        found = self._at(path, line, column)
        if found is None or found[0].is_key:
            return None
        spot, about = found
        mapping, text = about.file, spot.node.text
        match spot.word:
            case "lookup" | "table":
                return _file(self._table(mapping, text))
            case "part":
                return next((part.name.place for part in mapping.parts if part.name.text == text), None)
            case "in" | "ref":
                return next((name.place for name in _names(self._root(path)) if name.text == text), None)
            case "join" | "all":
                return next((index.name.place for index in mapping.index if index.name.text == text), None)
            case _:
                return self._declared(path, spot, about, column)

    def _declared(self, path: str, spot: Spot, about: Known, column: int) -> Place | None:
        """Give the file that a text names, or the line of a schema that a path leads to."""
        used = resolve(path, spot.node.text)
        if spot.kind == "text" and used in self._files:
            return _file(used)
        reach = _reached(about, spot, column)
        return None if reach is None or not reach.origin.place.line else reach.origin.place

    @staticmethod
    def _table(mapping: MappingFile, name: str) -> str:
        path = next((table.path.text for table in mapping.tables if table.name.text == name), None)
        return "" if path is None else resolve(mapping.file, path) or ""


def _read(data: bytes, path: str) -> Node | None:
    try:
        return read_yaml(data, path)
    except DefinitionRefused:
        return None


def _spot(data: bytes, path: str, taken: Callable[[TextNode], bool]) -> Spot | None:
    root = _read(data, path)
    return None if root is None else find(root, path, taken)


def _file(path: str | None) -> Place | None:
    return Place(path, 1, 1) if path else None


def _covers(place: Place, line: int, column: int) -> bool:
    return place.line == line and place.column <= column <= max(place.end_column, place.column)


def _names(node: Node | None) -> Iterator[TextNode]:
    """Give the names of blocks."""
    if isinstance(node, MapNode):
        name = node.get("as")
        if isinstance(name, TextNode):
            yield name
        for entry in node.entries:
            yield from _names(entry.value)
    elif node is not None and not isinstance(node, TextNode):
        for item in node.items:
            yield from _names(item)


def _choices(kind: str) -> list[str]:
    match kind:
        case "missing":
            return [str(word) for word in MissingWord]
        case "error":
            return [str(word) for word in ErrorWord if word is not ErrorWord.USE]
        case "pick":
            return [str(one) for one in PickKind if one not in {PickKind.MAX, PickKind.MIN, PickKind.CONCAT}]
        case "boolean":
            return ["true", "false"]
        case _:
            return kind.split("|") if "|" in kind else []


# -- places of the source ----------------------------------------------------------------------------------------------


def _paths(about: Known, spot: Spot, typed: str) -> Iterator[Offer]:
    """Give what is declared below the path that is typed so far, as it is written from there."""
    here = about.source(spot.around)
    if here is None or about.walker is None:
        return
    json = about.walker.notation.kind == "json"
    cut = max(typed.rfind("."), typed.rfind("/")) + 1 if json else typed.rfind("/") + 1
    base = typed[:cut].rstrip("./") if typed[:cut] not in {"./", "/"} else typed[:cut].rstrip("/")
    start = about.at(base, here) if base else here
    if start is None:
        return
    for child in about.below(start):
        label = child.label
        if label.startswith("@") and not cut:
            label = f"./{label}"
        yield Offer(label, "path", _said(child))


def _said(child: Child) -> str:
    words = [*sorted(child.shape.facts.kinds)]
    codes = child.shape.facts.codes
    if codes:
        words.append(f"one of {', '.join(sorted(codes)[:12])}")
    if child.origin.documentation:
        words.append(child.origin.documentation)
    return "; ".join(words)


def _reached(about: Known, spot: Spot, column: int) -> Reach | None:
    """Give the place at the end of the step that the cursor stands on."""
    here = about.source(spot.around)
    if spot.kind not in _PATHS or here is None:
        return None
    at = column - spot.node.place.column - (spot.node.style != "plain")
    for word in _WORD.finditer(spot.node.text):
        if word.start() <= at <= word.end():
            end = next((n for n in range(max(at, word.start()), word.end()) if spot.node.text[n] in "./"), word.end())
            while end < word.end() and end <= word.start() + 1:
                # A path from the top, or of an attribute, begins with what is no step.
                end = next((n for n in range(end + 1, word.end()) if spot.node.text[n] in "./"), word.end())
            text = spot.node.text[word.start() : end]
            return about.at(spot.node.text[word.start() : word.end()] if text in {".", "$"} else text, here)
    return None


def _place(reach: Reach) -> str:
    lines = [f"**{reach.label or '.'}**: {', '.join(sorted(reach.facts.kinds))}"]
    if reach.facts.codes:
        lines.append(f"One of {', '.join(sorted(reach.facts.codes)[:20])}.")
    high = "any number of" if reach.occurs.high is None else str(reach.occurs.high)
    lines.append(f"Stands {reach.occurs.low} to {high} times.")
    if reach.origin.documentation:
        lines.append(reach.origin.documentation)
    if reach.origin.place.line:
        lines.append(f"`{reach.origin.place}`")
    return "\n\n".join(lines)


# -- fields of the target ----------------------------------------------------------------------------------------------


def _fields(about: Known, spot: Spot, typed: str) -> Iterator[Offer]:
    """Give the fields below what is typed so far; a list has its brackets."""
    base = typed.rpartition(".")[0]
    here = about.field((*spot.keys, base) if base else spot.keys)
    if here is None:
        return
    for child in here.facts.children.values():
        target = here.to(child)
        if not target.given():
            label = child.label + ("[]" if target.listed else "")
            description = target.shape.annotations.get("description", child.origin.documentation)
            yield Offer(f"{base}.{label}" if base else label, "field", str(description))


def _field(about: Known, spot: Spot) -> str:
    """Say what the exchange format says of a field: its description, its class, and the ladder of its words."""
    if spot.kind != "*entry":
        return ""
    target = about.field((*spot.keys, spot.node.text))
    if target is None:
        return ""
    notes = target.shape.annotations
    lines = [f"**{target.label}**"]
    lines += [str(notes[name]) for name in ("description",) if name in notes]
    lines += [
        f"{name.removeprefix('x-')}: {notes[name]}" for name in ("x-class", "x-ladder", "x-list") if name in notes
    ]
    return "\n\n".join(lines)
