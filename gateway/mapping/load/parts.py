"""Reading part files, with the parts they use; a cycle, a wrong format or an unknown part is a U-code."""

from collections.abc import Mapping

from gateway.document.yaml_nodes import Node, read_yaml
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.file import Part, PartItem
from gateway.mapping.language.rules import Block, Field, Word
from gateway.mapping.language.words import words_of
from gateway.mapping.load.blocks import BlockReader
from gateway.mapping.load.reading import Reading, located, resolve
from gateway.mapping.load.source import syntax_of

__all__ = ["part_calls", "read_parts"]


def read_parts(reading: Reading, node: Node | None, files: Mapping[str, bytes], format_name: str) -> tuple[Part, ...]:
    """Read the part files under `use:` and those they use, each once, in order of first use."""
    loader = _Loader(files, format_name)
    for word in reading.word_list(node, "use"):
        loader.load(reading.file, word, ())
    reading.faults.extend(loader.faults)
    return tuple(loader.parts.values())


def part_calls(fields: tuple[Field, ...]) -> list[Word]:
    """Give the names of the parts that fields call, with their places."""
    calls: list[Word] = []
    for field in fields:
        if isinstance(field.content, tuple):
            for block in field.content:
                _calls_of(block, calls)
    return calls


def _calls_of(block: Block, calls: list[Word]) -> None:
    if block.part is not None:
        calls.append(block.part)
    calls.extend(part_calls(block.fields))
    for branch in block.choose:
        _calls_of(branch.then, calls)


class _Loader:
    def __init__(self, files: Mapping[str, bytes], format_name: str) -> None:
        self._files = files
        self._format = format_name
        self.parts: dict[str, Part] = {}
        self.faults: list[Fault] = []

    def load(self, user: str, word: Word, chain: tuple[str, ...]) -> None:
        path = resolve(user, word.text)
        if path is None or path not in self._files:
            self.faults.append(Fault("W009", "this file is not in the deployment", word.place))
            return
        if path in chain:
            self.faults.append(Fault("U001", "parts use one another in a circle", word.place))
            return
        if path in self.parts:
            return
        part = self._read(path)
        if part is None:
            return
        if part.format.text != self._format:
            message = f"this part is for format {part.format.text}"
            self.faults.append(Fault("U003", message, word.place, at=part.format.place))
        for other in self.parts.values():
            if other.name.text == part.name.text:
                message = f"two part files declare the part '{part.name.text}'"
                self.faults.append(Fault("W007", message, part.name.place, at=other.name.place))
        self.parts[path] = part
        for use in part.uses:
            self.load(path, use, (*chain, path))

    def _read(self, path: str) -> Part | None:
        try:
            node = read_yaml(self._files[path], path)
        except DefinitionRefused as refused:
            self.faults.extend(refused.faults)
            return None
        reading = Reading(path, syntax_of(self._format))
        part = _part(reading, node)
        self.faults.extend(reading.faults)
        return part


def _part(reading: Reading, node: Node) -> Part | None:
    words = reading.words(node, words_of("a part file"), "a part file")
    if words is None:
        return None
    place = Place(reading.file, 1, 1)
    name = reading.required(words.get("part"), "the name of the part", place)
    format_word = reading.required(words.get("format"), "the format of the part", place)
    has: list[PartItem] = []
    for entry in reading.map_entries(words.get("has"), "has"):
        path = reading.path_of(located(entry.key))
        kind = reading.word(entry.value, "a type")
        if path is not None and kind is not None:
            has.append(PartItem(path, Word(kind.text.removesuffix("?"), kind.place), kind.text.endswith("?")))
    if "fields" not in words:
        reading.fault("W003", "a part needs its fields", place)
    fields = BlockReader(reading, "exchange").fields(words["fields"], "fields") if "fields" in words else ()
    uses = reading.word_list(words.get("use"), "use")
    return Part(name, reading.file, format_word, tuple(has), fields, uses, place)
