"""Tests files: `x.tests.yaml` beside `x.map.yaml`, read by the same strict reader.

    mapping: notice3.map.yaml
    envelope: {agency: xx-police, taken: 2026-03-01T09:00:00Z}
    cases:
      - name: ...
        input: fixtures/wanted.xml          # a file, a list of files, or a folder (for sets)
        change: {Person/Birth/Date: 31/02/1987}
        output: fixtures/wanted.exchange.json
        round_trip: exact_fields            # with the mapping that says `inverse_of` this one
        outcome: accepted
        diagnostics: [{code: K301, field: "persons[0].births[0].date", at: /Notice/Person/Birth/Date}]
        absent: ["persons[0].births[0].date.value"]
        messages: [{output: ...}, {outcome: refused}]
    require: {rules: 100%, branches: 100%, table_rows: 90%, mutants_killed: 90%}

Guarantees that a word which does not exist, or an expectation that cannot be meant, is a fault: a misspelt test does
not pass.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.rules import Word
from gateway.mapping.language.words_tests import TEST_PLACES
from gateway.mapping.load.reading import Reading, located, resolve
from gateway.mapping.paths.path import Path, Syntax

__all__ = ["OUTCOMES", "Case", "Change", "Diagnostic", "Expected", "Given", "TestsFile", "load_tests", "tests_path"]

OUTCOMES = ("accepted", "quarantined", "refused")

_FILE = tuple(TEST_PLACES["a tests file"])
_ENVELOPE = tuple(TEST_PLACES["envelope"])
_EXPECTED = tuple(TEST_PLACES["a message"])
_CASE = tuple(TEST_PLACES["a case"])
_MEASURES = tuple(TEST_PLACES["require"])


@dataclass(frozen=True, slots=True)
class Given:
    """The envelope of all cases. `status` empty means: the channel says nothing."""

    agency: str = "agency"
    taken: str = "2026-01-01T00:00:00Z"
    country: str = ""
    status: str = "Actual"
    key: str = "case"


@dataclass(frozen=True, slots=True)
class Change:
    """One value of the input replaced by another text."""

    path: Path
    text: Word


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A diagnostic that must occur; what is not written may be anything."""

    code: str
    field: str
    at: str
    place: Place


@dataclass(frozen=True, slots=True)
class Expected:
    """What one message must be. `output` is the path of its golden file, or empty."""

    place: Place
    outcome: str = ""
    output: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its input files, what is changed in the first, and what is expected of each message."""

    name: str
    place: Place
    inputs: tuple[str, ...]
    changes: tuple[Change, ...]
    expected: tuple[Expected, ...]
    listed: bool
    round_trip: bool = False


@dataclass(frozen=True, slots=True)
class TestsFile:
    """A tests file. `require` gives percentages by measure, with their places."""

    file: str
    mapping: str
    given: Given
    cases: tuple[Case, ...]
    require: Mapping[str, tuple[int, Place]] = field(default_factory=dict)
    notes: tuple[Fault, ...] = ()


def tests_path(mapping: str) -> str:
    """Give the path of the tests beside a mapping."""
    return mapping.removesuffix(".map.yaml") + ".tests.yaml"


def load_tests(path: str, files: Mapping[str, bytes], syntax: Syntax) -> TestsFile:
    """Load a tests file; changes are written in the notation of the mapping's source.

    Raises `DefinitionRefused` with all faults (W and Y codes, P001 for a change).
    """
    node = read_yaml(files[path], path)
    reading = Reading(path, syntax)
    loaded = _Loader(reading, files).file(node)
    if reading.faults:
        raise DefinitionRefused.of(sorted(reading.faults, key=lambda fault: (fault.place, fault.code)))
    return loaded


class _Loader:
    def __init__(self, reading: Reading, files: Mapping[str, bytes]) -> None:
        self._reading = reading
        self._files = files
        self._notes: list[Fault] = []

    def file(self, node: Node) -> TestsFile:
        reading = self._reading
        words = reading.words(node, _FILE, "a tests file") or {}
        mapping = reading.required(words.get("mapping"), "mapping", node.place)
        if mapping.text and resolve(reading.file, mapping.text) not in self._files:
            reading.fault("W009", "this file is not in the deployment", mapping.place)
        cases = words.get("cases")
        if cases is None:
            reading.fault("W003", "a tests file needs its cases", node.place)
        found = [self._case(item) for item in (reading.items(cases, "cases") if cases is not None else ())]
        loaded = [case for case in found if case is not None]
        reading.unique((Word(case.name, case.place) for case in loaded), "case")
        require = self._require(words.get("require"))
        return TestsFile(
            reading.file,
            resolve(reading.file, mapping.text) or "",
            self._given(words.get("envelope")),
            tuple(loaded),
            require,
            tuple(self._notes),
        )

    def _given(self, node: Node | None) -> Given:
        words = {} if node is None else self._reading.words(node, _ENVELOPE, "envelope") or {}
        texts = {
            name: word.text for name, value in words.items() if (word := self._reading.word(value, name)) is not None
        }
        return Given(**texts)

    def _require(self, node: Node | None) -> dict[str, tuple[int, Place]]:
        words = {} if node is None else self._reading.words(node, _MEASURES, "require") or {}
        found: dict[str, tuple[int, Place]] = {}
        for name, value in words.items():
            word = self._reading.word(value, name)
            if word is None:
                continue
            if not re.fullmatch(r"100%|[0-9]{1,2}%", word.text):
                self._reading.fault("W005", f"{name} is a percentage such as 90%", word.place)
                continue
            found[name] = (int(word.text[:-1]), word.place)
        return found

    def _case(self, node: Node) -> Case | None:
        reading = self._reading
        words = reading.words(node, _CASE, "a case")
        if words is None:
            return None
        name = reading.required(words.get("name"), "name", node.place)
        inputs = self._inputs(words.get("input"), node.place)
        changes = tuple(self._changes(words.get("change")))
        listed = "messages" in words
        if listed and any(word in words for word in _EXPECTED):
            reading.fault("W006", "with 'messages' each message says what is expected of it", words["messages"].place)
        if listed:
            items = reading.items(words["messages"], "messages")
            expected = [found for item in items if (found := self._message(item)) is not None]
        else:
            expected = [self._expected(words, name.place)]
        round_trip = reading.one_of(words.get("round_trip"), "round_trip", ("exact_fields",)) is not None
        return Case(name.text, name.place, inputs, changes, tuple(expected), listed, round_trip)

    def _message(self, node: Node) -> Expected | None:
        words = self._reading.words(node, _EXPECTED, "a message")
        return None if words is None else self._expected(words, node.place)

    def _expected(self, words: Mapping[str, Node], place: Place) -> Expected:
        reading = self._reading
        outcome = reading.one_of(words.get("outcome"), "outcome", OUTCOMES)
        output = reading.word(words.get("output"), "output")
        path = "" if output is None else resolve(reading.file, output.text)
        if path is None and output is not None:
            reading.fault("W009", "this path leads out of the deployment", output.place)
        diagnostics = words.get("diagnostics")
        listed = () if diagnostics is None else reading.items(diagnostics, "diagnostics")
        absent = reading.word_list(words.get("absent"), "absent")
        return Expected(
            place,
            "" if outcome is None else outcome.text,
            path or "",
            tuple(found for item in listed if (found := self._diagnostic(item)) is not None),
            tuple(word.text for word in absent),
        )

    def _diagnostic(self, node: Node) -> Diagnostic | None:
        words = self._reading.words(node, TEST_PLACES["a diagnostic"], "a diagnostic")
        if words is None:
            return None
        code = self._reading.required(words.get("code"), "code", node.place)
        field_word = self._reading.word(words.get("field"), "field")
        at = self._reading.word(words.get("at"), "at")
        return Diagnostic(
            code.text, "" if field_word is None else field_word.text, "" if at is None else at.text, node.place
        )

    def _inputs(self, node: Node | None, place: Place) -> tuple[str, ...]:
        """Give the files that a case reads: as listed, or all of a folder."""
        reading = self._reading
        if node is None:
            reading.fault("W003", "a case needs its input", place)
            return ()
        words = reading.word_list(node, "input") if isinstance(node, ListNode) else (reading.word(node, "input"),)
        found: list[str] = []
        for word in words:
            if word is None:
                continue
            path = resolve(reading.file, word.text) or ""
            inside = sorted(name for name in self._files if path and name.startswith(f"{path}/"))
            if path not in self._files and not inside:
                reading.fault("W009", "this file is not in the deployment", word.place)
            found += [path] if path in self._files else inside
        return tuple(found)

    def _changes(self, node: Node | None) -> list[Change]:
        if node is None:
            return []
        found: list[Change] = []
        if not isinstance(node, MapNode):
            self._reading.mapping(node, "change")
            return []
        for entry in node.entries:
            path = self._reading.path_of(located(entry.key))
            if not isinstance(entry.value, TextNode):
                self._reading.fault("W002", "a change gives one text", entry.value.place)
            elif path is not None:
                found.append(Change(path, Word(entry.value.text, entry.value.place)))
        return found
