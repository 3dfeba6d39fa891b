"""What becomes of every field: the sheet of a mapping, for HTML, CSV and JSON alike.

Guarantees that every place of the source that can hold a value is in the sheet once, with every rule and condition that
reads it, or with the reason why none does, or with neither: then it is lost, and said to be. Of the target, every field
that is required or filled is there, and every part that nothing fills. Holds names and places, never a value.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.errors import Place
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.check.coverage import Coverage, Ignored, Leaf
from gateway.mapping.check.mapping import Studied, study_loaded
from gateway.mapping.check.reach import Trail
from gateway.mapping.language.file import Ignore
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.load.reading import resolve
from gateway.mapping.report.origins import origin_texts
from gateway.mapping.report.rules import Rule, Use, converter_text, rules_of, uses_of
from gateway.mapping.shapes.targets import Target
from gateway.mapping.tables import Table, load_table

__all__ = ["Reading", "Sheet", "SourceField", "TableSheet", "TargetField", "sheet_of", "steps_of"]

_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a source field: `what` is value, condition, key, block or table key."""

    what: str
    target: str
    line: int
    converters: tuple[str, ...] = ()
    table: str = ""


@dataclass(frozen=True, slots=True)
class SourceField:
    """A place of the source. `state` is mapped, read (by conditions or keys only), ignored, lost, or
    (towards a partner) left out.
    """

    field: str
    declared: str
    documentation: str
    state: str
    readings: tuple[Reading, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TargetField:
    """A field of the target. `state` is filled, empty or missing (required, and no rule fills it)."""

    field: str
    state: str
    required: bool
    lines: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A code table: its rows as (line, source, target, match, note)."""

    name: str
    file: str
    rows: tuple[tuple[int, str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole of it. `conditional` are entries of `ignore` that hold under a condition: field, reason, line."""

    mapping: MappingFile
    studied: Studied = field(repr=False)
    source: tuple[SourceField, ...]
    target: tuple[TargetField, ...]
    tables: tuple[TableSheet, ...]
    conditional: tuple[tuple[str, str, int], ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many source fields are in each state."""
        states = [each.state for each in self.source]
        return {state: states.count(state) for state in ("mapped", "read", "ignored", "lost", "left out")}


def sheet_of(mapping: MappingFile, files: Mapping[str, bytes], fmt: ExchangeFormat) -> Sheet:
    """Make the sheet of a mapping that was loaded; `files` are the deployment's. Its cost is that of a check."""
    studied = study_loaded(mapping, files, fmt)
    rules = list(rules_of(mapping))
    return Sheet(
        mapping,
        studied,
        tuple(_source(mapping, studied)),
        tuple(_target(studied.target, rules)),
        tuple(_tables(mapping, files)),
        tuple((each.path.text, each.why.text, each.place.line) for each in mapping.ignore if each.where is not None),
    )


# -- source -----------------------------------------------------------------------------------------------------------


def _source(mapping: MappingFile, studied: Studied) -> Iterator[SourceField]:
    uses: dict[tuple[str, int, int], list[Use]] = {}
    for use in uses_of(mapping):
        uses.setdefault((use.place.file, use.place.line, use.place.column), []).append(use)
    reasons = _reasons(mapping, studied.coverage)
    for leaf in studied.leaves:
        readings = tuple(dict.fromkeys(_readings(leaf, studied.coverage, uses)))
        reason = _reason(leaf.trail, reasons)
        if any(reading.what == "value" for reading in readings):
            state = "mapped"
        elif readings:
            state = "read"
        else:
            state = "ignored" if reason else "left out" if mapping.outbound else "lost"
        label = leaf.label or "./text()"
        yield SourceField(label, str(leaf.origin), leaf.origin.documentation, state, readings, reason)


def _readings(leaf: Leaf, coverage: Coverage, uses: Mapping[tuple[str, int, int], list[Use]]) -> Iterator[Reading]:
    trails = [leaf.trail]
    if leaf.trail and leaf.trail[-1].startswith("["):
        trails.append(leaf.trail[:-1])
    for trail in trails:
        for _, place in coverage.reads.get(trail, ()):
            known = uses.get((place.file, place.line, place.column), [])
            if not known:
                yield Reading("condition", "", place.line)
            for use in known:
                yield _reading(use, place)


def _reading(use: Use, place: Place) -> Reading:
    if use.value is None or use.what != "value":
        return Reading(use.what, use.target, place.line)
    converters, table = steps_of(use)
    return Reading("value", use.target, place.line, converters, table)


def steps_of(use: Use) -> tuple[tuple[str, ...], str]:
    """Give the converters and the table that a value passes on its way, of the piece and of the rule around it."""
    values = [use.value] if use.rule is None or use.value is use.rule.value else [use.value, use.rule.value]
    converters = tuple(converter_text(call) for value in values if value is not None for call in value.converts)
    tables = [value.lookup.table.text for value in values if value is not None and value.lookup is not None]
    return converters, ", ".join(tables)


def _reasons(mapping: MappingFile, coverage: Coverage) -> list[tuple[Ignored, Ignore]]:
    written = {(each.place.file, each.place.line, each.place.column): each for each in mapping.ignore}
    return [
        (entry, written[entry.place.file, entry.place.line, entry.place.column])
        for entry in coverage.ignored
        if entry.formula is None and (entry.place.file, entry.place.line, entry.place.column) in written
    ]


def _reason(trail: Trail, reasons: Iterable[tuple[Ignored, Ignore]]) -> str:
    covering = (written.why.text for entry, written in reasons if trail[: len(entry.trail)] == entry.trail)
    return next(covering, "")


# -- target -----------------------------------------------------------------------------------------------------------


def _target(top: Target | None, rules: list[Rule]) -> Iterator[TargetField]:
    if top is None:
        return
    by_field: dict[str, list[Rule]] = {}
    for rule in rules:
        if not rule.mark:
            by_field.setdefault(_plain(rule.target), []).append(rule)
    yield from _below(top, by_field, required=True, depth=0)


def _plain(target: str) -> str:
    return target.replace("./@", "@").removesuffix("[]")


def _below(target: Target, rules: Mapping[str, list[Rule]], *, required: bool, depth: int) -> Iterator[TargetField]:
    """Go down where something is filled; a part that nothing fills is one line."""
    needs = {each.label for each in target.needs()}
    for child in target.facts.children.values():
        there = target.to(child)
        if there.given() or not there.facts.kinds:
            continue
        label = there.label
        needed = required and label in needs
        said = child.origin.documentation or _said(there)
        own = rules.get(label, [])
        inside = [name for name in rules if name.startswith((f"{label}.", f"{label}[]", f"{label}/"))]
        if own:
            lines = tuple(dict.fromkeys(rule.place.line for rule in own))
            yield TargetField(label, "filled", needed, lines, tuple(_sources(own)), said)
        elif not inside:
            yield TargetField(label, "missing" if needed else "empty", needed, documentation=said)
        if inside and depth < _DEEPEST:
            item = there.item() if there.listed else there
            yield from _below(item, rules, required=needed or there.listed, depth=depth + 1)


def _said(target: Target) -> str:
    said = target.shape.annotations.get("description")
    return said if isinstance(said, str) else ""


def _sources(rules: Iterable[Rule]) -> Iterator[str]:
    """The paths a field is filled from, or its fixed value; each once."""
    seen: set[str] = set()
    for rule in rules:
        for text in origin_texts(rule.value):
            if text not in seen:
                seen.add(text)
                yield text


# -- tables -----------------------------------------------------------------------------------------------------------


def _tables(mapping: MappingFile, files: Mapping[str, bytes]) -> Iterator[TableSheet]:
    for use in mapping.tables:
        path = resolve(mapping.file, use.path.text)
        if path is None or path not in files:
            continue
        table: Table = load_table(path, files, use.path.place)
        rows = tuple((row.place.line, " + ".join(row.keys), row.target, str(row.match), row.note) for row in table.rows)
        yield TableSheet(use.name.text, path, rows)
