"""Everything about one field of a target: the rules that write it, what they read, and which tests exercise them.

Guarantees that a field is found by its whole key or by its end (`sex` for `persons[].sex`), and that an unknown one
gets the nearest names. Names and places only, never a value.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.errors import Place
from gateway.mapping.language.rules import Choose, ErrorPolicy, ErrorWord, FirstOf, Text, Value
from gateway.mapping.report.evidence import Evidence
from gateway.mapping.report.rules import Rule, converter_text, rules_of, uses_of
from gateway.mapping.report.sheet import Sheet, SourceField

__all__ = ["FieldReport", "FieldReports", "RuleReport", "fields_named"]


@dataclass(frozen=True, slots=True)
class RuleReport:
    """One rule: its line as text, the source fields it reads with what the schema says of them, and its policies.

    `exercised` names the fixtures in which it wrote.
    """

    line: int
    text: str
    split: str
    sources: tuple[SourceField, ...]
    converters: tuple[str, ...]
    tables: tuple[tuple[str, str], ...]
    on_missing: str
    on_error: str
    note: str
    exercised: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldReport:
    """A target field with all rules that write it. `fixtures` are the names of those that were run."""

    field: str
    documentation: str
    required: bool
    rules: tuple[RuleReport, ...]
    fixtures: tuple[str, ...]


def fields_named(wanted: str, sheet: Sheet) -> tuple[list[str], list[str]]:
    """Give the filled target fields that a name means, and the nearest names where it means none."""
    known = [each.field for each in sheet.target if each.state == "filled"]
    plain = _plain(wanted)
    exact = [name for name in known if _plain(name) == plain]
    ends = [name for name in known if _plain(name).endswith((f".{plain}", f"/{plain}"))]
    below = [name for name in known if _plain(name).startswith((f"{plain}.", f"{plain}/"))]
    found = exact or ends or below
    if found:
        return found, []
    by_end = {_plain(name).rpartition(".")[2]: name for name in known}
    close = difflib.get_close_matches(plain, [_plain(name) for name in known], n=3, cutoff=0.5)
    close = close or difflib.get_close_matches(plain.rpartition(".")[2], by_end, n=3, cutoff=0.6)
    return [], [by_end.get(name, name) for name in close]


def _plain(name: str) -> str:
    return name.replace("[]", "").replace("./@", "@")


class FieldReports:
    """The reports of one mapping: what all of them need is gathered once."""

    def __init__(self, sheet: Sheet, evidence: Evidence, files: Mapping[str, bytes]) -> None:
        self._sheet = sheet
        self._evidence = evidence
        self._sources = {each.field: each for each in sheet.source}
        self._tables = {table.name: table.file for table in sheet.tables}
        self._lines = {
            file: files[file].decode("utf-8", "replace").split("\n")
            for file in {sheet.mapping.file, *(part.file for part in sheet.mapping.parts)}
            if file in files
        }
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules_of(sheet.mapping):
            if not rule.mark:
                self._rules.setdefault(_plain(rule.target), []).append(rule)
        self._read: dict[Place, list[str]] = {}
        read_at = self._fields_by_place()
        for use in uses_of(sheet.mapping):
            if use.rule is not None:
                self._read.setdefault(use.rule.place, []).extend(read_at.get(_start(use.place), ()))

    def report(self, name: str) -> FieldReport:
        """Give the report of a field that `fields_named` gave."""
        target = next(each for each in self._sheet.target if each.field == name)
        made = tuple(self._rule(rule) for rule in self._rules.get(_plain(name), ()))
        return FieldReport(name, target.documentation, target.required, made, self._evidence.fixtures)

    def _fields_by_place(self) -> dict[tuple[str, int, int], list[str]]:
        """Which source fields the checker found at each place of the mapping."""
        labels = {leaf.trail: leaf.label or "./text()" for leaf in self._sheet.studied.leaves}
        found: dict[tuple[str, int, int], list[str]] = {}
        for trail, reads in self._sheet.studied.coverage.reads.items():
            for _, place in reads:
                if trail in labels:
                    found.setdefault(_start(place), []).append(labels[trail])
        return found

    def _rule(self, rule: Rule) -> RuleReport:
        values = list(_values(rule.value))
        used = dict.fromkeys(value.lookup.table.text for value in values if value.lookup is not None)
        lines = self._lines.get(rule.place.file, [])
        defaults = self._sheet.mapping.defaults
        value = rule.value
        return RuleReport(
            rule.place.line,
            lines[rule.place.line - 1].strip() if 0 < rule.place.line <= len(lines) else "",
            rule.split,
            tuple(
                self._sources[each] for each in dict.fromkeys(self._read.get(rule.place, ())) if each in self._sources
            ),
            tuple(converter_text(call) for each in values for call in each.converts),
            tuple((name, self._tables.get(name, "")) for name in used),
            (value.on_missing or defaults.on_missing).value + ("" if value.on_missing else " (default)"),
            _policy(value.on_error or defaults.on_error) + ("" if value.on_error else " (default)"),
            "" if value.note is None else value.note.text,
            self._evidence.written.get(rule.place.line, ()),
        )


def _start(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column


def _values(value: Value) -> Iterator[Value]:
    """A rule and all values it is made of."""
    yield value
    inner: tuple[Value, ...] = ()
    match value.origin:
        case Text(names=names):
            inner = tuple(each for _, each in names)
        case FirstOf(values=values):
            inner = values
        case Choose(branches=branches):
            inner = tuple(branch.then for branch in branches)
        case _:
            pass
    for each in inner:
        yield from _values(each)


def _policy(policy: ErrorPolicy) -> str:
    if policy.word is not ErrorWord.USE or policy.use is None:
        return policy.word.value
    return f"use {policy.use.text}" + (", keep the text" if policy.keep else "")
