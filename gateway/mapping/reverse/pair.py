"""A pair compared: an outbound mapping that says `inverse_of`, against the mapping that it undoes.

Guarantees that where the way there is exact, the way back writes the same place from the same field, by a table that
leads back to the same code; a difference is an error at the line of the way back. What the report calls lossy, partial
or derived is not compared: nothing exact can be asked of it.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Files

from gateway.errors import DefinitionRefused, Fault, Place, Severity
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.language.file import Mapping
from gateway.mapping.language.rules import From
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.load.reading import resolve as resolve_file
from gateway.mapping.program.program import Program
from gateway.mapping.program.resolve import resolve
from gateway.mapping.reverse.classify import exact_rules
from gateway.mapping.reverse.rules import Names, Rule, rules_of
from gateway.mapping.shapes.exchange import exchange_shape, word_lists
from gateway.mapping.tables import Match, Table

__all__ = ["inverse_of", "judge_pair"]


def inverse_of(path: str, files: Files[str, bytes]) -> str:
    """Give the outbound mapping that says it undoes the one at `path`; empty without one."""
    for name in sorted(files):
        if name.endswith(".map.yaml") and b"inverse_of" in files[name]:
            try:
                mapping = load_mapping(name, files)
            except DefinitionRefused:
                continue
            if mapping.inverse_of is not None and resolve_file(name, mapping.inverse_of.text) == path:
                return name
    return ""


def judge_pair(mapping: Mapping, files: Files[str, bytes], fmt: ExchangeFormat) -> list[Fault]:
    """Compare a mapping with the one that its `inverse_of` names; nothing without that word (B002 to B006)."""
    word = mapping.inverse_of
    if word is None:
        return []
    path = resolve_file(mapping.file, word.text) or ""
    if path not in files:
        return [Fault("B002", "the mapping that this one undoes is not in the deployment", word.place)]
    try:
        there = resolve(load_mapping(path, files), files, exchange_shape(fmt), word_lists(fmt))
        back = resolve(mapping, files, exchange_shape(fmt), word_lists(fmt))
    except DefinitionRefused:
        # Each of the two is checked on its own.
        return []
    if not mapping.outbound or there.outbound or not _same_document(there.mapping, mapping):
        message = "an outbound mapping undoes an inbound one of the same format and schema"
        return [Fault("B003", message, word.place, at=there.mapping.source.format.place)]
    return list(_Pair(there, back).faults())


def _same_document(there: Mapping, back: Mapping) -> bool:
    source, target = there.source, back.target
    if source.format.text != target.format.text:
        return False
    if source.schema is None or target.schema is None:
        return source.schema is target.schema
    return resolve_file(there.file, source.schema.text) == resolve_file(back.file, target.schema.text)


class _Pair:
    def __init__(self, there: Program, back: Program) -> None:
        self._there = there
        self._whole = {one.place: one.fit.kind for one in there.fields}
        self._whole |= {block.place: block.fit.kind for block in there.blocks if block.value is not None}
        self._tables = {
            value.lookup.place: value.lookup.table
            for program in (there, back)
            for value in program.values
            if value.lookup is not None
        }
        self._place = Place() if back.mapping.inverse_of is None else back.mapping.inverse_of.place
        self._writers: dict[Names, list[Rule]] = {}
        for rule in rules_of(back.mapping):
            self._writers.setdefault(_written(rule), []).append(rule)

    def faults(self) -> Iterator[Fault]:
        expected: dict[Names, list[Rule]] = {}
        for rule in exact_rules(self._there):
            if rule.source is not None:
                expected.setdefault(rule.source, []).append(rule)
        for source, rules in expected.items():
            said = "/".join(source) or "."
            writers = self._writers.get(source, [])
            if not writers:
                message = f"{said} is read exactly on the way there, and nothing writes it here"
                yield Fault("B004", message, self._place, severity=Severity.WARNING, at=rules[0].field.place)
            for writer in writers:
                yield from self._compared(writer, rules, said)

    def _compared(self, writer: Rule, rules: list[Rule], said: str) -> Iterator[Fault]:
        if writer.source is None or not isinstance(writer.value.origin, From):
            return
        same = [rule for rule in rules if self._read(rule) == writer.source]
        if not same:
            fields = " or ".join(".".join(self._read(rule)) for rule in rules)
            message = f"{said} is written from {'.'.join(writer.source)}, but the way there reads it into {fields}"
            yield Fault("B005", message, writer.field.place, at=rules[0].field.place)
            return
        there, back = self._table(same[0]), self._table(writer)
        if (there is None) != (back is None):
            message = f"{said} goes through a code table one way only"
            yield Fault("B006", message, writer.field.place, at=same[0].field.place)
        elif there is not None and back is not None:
            yield from _tables(there, back, writer.field.place)

    def _read(self, rule: Rule) -> Names:
        kind = self._whole.get(rule.field.place) or ""
        if rule.blocks and rule.blocks[-1].value is rule.value:
            kind = self._whole.get(rule.blocks[-1].place) or kind
        return (*rule.target, *{"code": ("code",), "date": ("value",)}.get(kind, ()))

    def _table(self, rule: Rule) -> Table | None:
        return None if rule.value.lookup is None else self._tables.get(rule.value.lookup.place)


def _written(rule: Rule) -> Names:
    """What a rule of the way back writes, as the way there reads it."""
    names = tuple(name for name in rule.target if name not in {"", "."})
    if rule.field.key.attribute and names and not names[-1].startswith("@"):
        names = (*names[:-1], f"@{names[-1]}")
    return names


def _tables(there: Table, back: Table, writer: Place) -> Iterator[Fault]:
    """The first code that does not come back."""
    for row in there.rows:
        if row.match is Match.NONE:
            continue
        found = back.find((row.target,))
        if found is None or found.target != row.keys[0]:
            message = f"the way there makes {row.target} of {row.keys[0]}, and table {back.file} does not lead back"
            yield Fault("B006", message, writer if found is None else found.place, at=row.place)
            return
