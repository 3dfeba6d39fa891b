"""The check of a mapping, before it is loaded: against both schemas, its tables, and itself.

Guarantees that every fault is found at its line and reported once per cause, and that a mapping without errors reads
only what its source can have, fills every required target, and accounts for every field of the source. What cannot
be decided here is decided at run time under a code of its own. Works on values: the files of the deployment.
"""

from collections.abc import Mapping as Files
from dataclasses import dataclass, field, replace

from gateway.errors import DefinitionRefused, Fault, Place, Severity
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.check.blocks import Blocks
from gateway.mapping.check.conditions import Conditions
from gateway.mapping.check.coverage import Coverage, Leaf, derived_of, leaves_of
from gateway.mapping.check.fields import Fields
from gateway.mapping.check.findings import Findings
from gateway.mapping.check.fit import Lists
from gateway.mapping.check.judgements import CoverageCounts, judge_coverage
from gateway.mapping.check.kinds import judge_kinds
from gateway.mapping.check.logic import TRUE, both
from gateway.mapping.check.reach import Reach, Trail, items_of
from gateway.mapping.check.refs import Refs, named_blocks
from gateway.mapping.check.scope import Scope
from gateway.mapping.check.streaming import streamed_items
from gateway.mapping.check.study import IndexUse, Study
from gateway.mapping.check.tables import Tables
from gateway.mapping.check.types import of_types
from gateway.mapping.check.values import Values
from gateway.mapping.check.walk import Walker
from gateway.mapping.convert.catalogue import bind
from gateway.mapping.language.file import Index, Mapping, Split
from gateway.mapping.language.rules import Const, Field, Value
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.reverse.pair import judge_pair
from gateway.mapping.run.packed import TextPattern, compile_text_pattern
from gateway.mapping.shapes.exchange import exchange_shape, kind_shape, word_lists
from gateway.mapping.shapes.shape import Shape, alternatives
from gateway.mapping.shapes.sources import SourceTop, envelope, source_top
from gateway.mapping.shapes.targets import Target, target_top

__all__ = ["CheckReport", "Studied", "check_loaded", "check_mapping", "study_loaded"]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found: faults by place, and what of the source is accounted for."""

    file: str
    faults: tuple[Fault, ...]
    coverage: CoverageCounts = field(default_factory=lambda: CoverageCounts(counted=False))

    @property
    def errors(self) -> int:
        """How many faults forbid loading the mapping."""
        return sum(fault.severity is Severity.ERROR for fault in self.faults)

    @property
    def warnings(self) -> int:
        """How many faults do not."""
        return len(self.faults) - self.errors

    @property
    def good(self) -> bool:
        """True if the mapping may be loaded."""
        return self.errors == 0


@dataclass(frozen=True, slots=True)
class Studied:
    """A report, what the mapping reads, every place of the source that can hold a value, and the target's top.

    `derived` are the places that say nothing which the layout does not say.
    """

    report: CheckReport
    coverage: Coverage = field(repr=False)
    leaves: tuple[Leaf, ...] = field(repr=False)
    target: Target | None = field(repr=False)
    derived: frozenset[Trail] = frozenset()


def check_mapping(path: str, files: Files[str, bytes], fmt: ExchangeFormat) -> CheckReport:
    """Load and check the mapping at `path`; `files` are all files of the deployment. Never raises for what they say."""
    try:
        mapping = load_mapping(path, files)
    except DefinitionRefused as refused:
        return CheckReport(path, refused.faults)
    return check_loaded(mapping, files, fmt)


def check_loaded(mapping: Mapping, files: Files[str, bytes], fmt: ExchangeFormat) -> CheckReport:
    """Check a mapping that was loaded."""
    return study_loaded(mapping, files, fmt).report


def study_loaded(mapping: Mapping, files: Files[str, bytes], fmt: ExchangeFormat) -> Studied:
    """Check a mapping that was loaded, and give what the check learnt on its way: for reports about the mapping."""
    findings = Findings()
    exchange = exchange_shape(fmt)
    source = source_top(mapping, files, exchange, findings)
    target = target_top(mapping, files, exchange, findings)
    if source is None:
        return Studied(CheckReport(mapping.file, findings.faults), Coverage(), (), target)
    coverage = Coverage()
    walker = Walker(
        source.top, source.notation, findings, _assumed(mapping, source), lambda reach: _tested(coverage, reach)
    )
    study = Study(mapping, findings, walker, coverage, _patterns(mapping, findings))
    top = Scope(source.top, {"envelope": envelope()}, trails=(source.top.trail,))
    _clean_up(mapping, findings)
    checker = _Checker(study, files, fmt, top)
    walker.items = streamed_items(mapping, source, findings)
    checker.outside()
    for split in mapping.splits:
        checker.split(split, target)
    checker.leftovers()
    study.guessable()
    _dangling(mapping, source, findings)
    findings.extend(judge_pair(mapping, files, fmt))
    walker.items = ()
    counts = judge_coverage(
        study, checker.conditions, top, mapping.splits[0].place if mapping.splits else mapping.place
    )
    report = CheckReport(mapping.file, findings.faults, counts)
    return Studied(report, coverage, tuple(leaves_of(source.top)), target, derived_of(source.top))


def _clean_up(mapping: Mapping, findings: Findings) -> None:
    """The clean-up goes before every rule: its converters must exist, and be such as no text makes fail."""
    for call in mapping.defaults.clean or ():
        try:
            converter = bind(call).converter
        except DefinitionRefused as refused:
            findings.extend(refused.faults)
            continue
        if converter.fails or converter.gives != "text":
            message = f"'{call.name.text}' can fail, so it cannot clean every text"
            findings.error("K003", message, call.place, "use it in the rules that need it")


def _tested(coverage: Coverage, reach: Reach) -> None:
    coverage.read(reach, Scope(reach).guard, Place())


def _patterns(mapping: Mapping, findings: Findings) -> dict[str, TextPattern | None]:
    """Compile the patterns; None stands for one that has a fault."""
    patterns: dict[str, TextPattern | None] = {}
    for use in mapping.patterns:
        try:
            patterns[use.name.text] = compile_text_pattern(use)
        except DefinitionRefused as refused:
            findings.extend(refused.faults)
            patterns[use.name.text] = None
    return patterns


def _dangling(mapping: Mapping, source: SourceTop, findings: Findings) -> None:
    """References of the schema are followed as far as the mapping goes, so they are judged last."""
    for fault in source.shapes.faults if source.shapes is not None else ():
        place = mapping.source.place if mapping.source.schema is None else mapping.source.schema.place
        findings.error(fault.code, fault.message, place, at=fault.place)


def _assumed(mapping: Mapping, source: SourceTop) -> dict[str, str]:
    """Give the paths that `assume` lists, as they are labelled, with their types."""
    top = source.top.label
    assumed: dict[str, str] = {}
    for entry in mapping.assume:
        text = entry.path.text
        if top == "$" and not text.startswith("$"):
            text = f"$.{text}"
        assumed[text.removeprefix("./")] = entry.type.text
    return assumed


class _Checker:
    """The parts of one check, put together."""

    def __init__(self, study: Study, files: Files[str, bytes], fmt: ExchangeFormat, top: Scope) -> None:
        self._study = study
        self._fmt = fmt
        self._top = top
        self._lists: Lists = word_lists(fmt)
        self._parts = {part.name.text: part for part in study.mapping.parts}
        self.conditions = Conditions(study)
        self._tables = Tables(study, files)

    def outside(self) -> None:
        """Judge null spellings, indexes and document checks, which stand outside the splits."""
        source, defaults = self._study.mapping.source, self._study.mapping.defaults
        for word in (*source.nulls, *defaults.nulls, *(null for member in source.members for null in member.nulls)):
            if word.text.isalpha():
                message = f"'{word.text}' may be a name: a spelling of letters only is no null of every field"
                self._study.findings.error("Y110", message, word.place, "write it on the column or the rule it is of")
        for index in self._study.mapping.index:
            self._study.indexes[index.name.text] = self._index(index)
        for check in self._study.mapping.checks:
            self.conditions.formula(check.that, self._top)

    def _index(self, index: Index) -> IndexUse:
        found = [items_of(reach) for reach in self._study.walker.go(index.over, self._top.here)]
        nodes = found[0] if found else None
        keys: list[Reach | None] = []
        for path in index.keys:
            reached = [one for node in found for one in self._study.walker.go(path, node)]
            for reach in reached:
                self._study.read(reach, self._top, path.place)
                if not reach.occurs.single:
                    self._study.findings.error("P110", f"{reach.label} may occur several times", path.place)
            keys.append(reached[0] if reached else None)
        for reach in found:
            self._study.coverage.blocks.setdefault(reach.trail, index.over.place)
            if index.pick is not None and index.pick.path is not None:
                for one in self._study.walker.go(index.pick.path, reach):
                    self._study.read(one, self._top, index.pick.place)
        unique = all(key is not None and key.facts.type_name == "ID" for key in keys)
        if not index.many and index.pick is None and not unique and nodes is not None:
            message = f"the schema does not say that the key of '{index.name.text}' is unique"
            self._study.findings.error("J404", message, index.name.place, "write many: true, or pick which one counts")
        formula = TRUE if nodes is None else self.conditions.native(index.over, self._top)
        return IndexUse(index, nodes, tuple(keys), formula)

    def split(self, split: Split, target: Target | None) -> None:
        """Judge the rules of one kind of message."""
        study = self._study
        named = named_blocks(split.fields, study, {name: part.fields for name, part in self._parts.items()})
        refs = Refs(study, named)
        values = Values(study, self.conditions, self._tables, refs.known)
        fields = Fields(study, values, Blocks(study, self.conditions, refs), refs, self._parts, self._lists)
        study.walker.items, items = (), study.walker.items
        scopes = self._scopes(split)
        study.walker.items = items
        for scope in scopes:
            if target is not None and scope is scopes[0] and split is study.mapping.splits[0]:
                self._marks_by(fields, target)
            if target is not None:
                filled = fields.message(split.fields, self._of_kind(split.fields, target), scope, split.place)
                if target.notation == "exchange":
                    judge_kinds(filled, self._fmt, study.findings)
        refs.finish()

    def _marks_by(self, fields: Fields, target: Target) -> None:
        """Judge the markings of the file; they stand outside the splits, at the top of the document."""
        header = target.facts.children.get("header")
        for tree in self._study.mapping.mark_by:
            if target.notation != "exchange" or header is None:
                message = "only messages of the exchange format carry marks"
                self._study.findings.error("T003", message, tree.place)
                continue
            fields.marks_by(tree, target.to(header), self._top)

    def _scopes(self, split: Split) -> list[Scope]:
        if split.each is None:
            return [self._top]
        scopes: list[Scope] = []
        for reach in (items_of(found) for found in self._study.resolve(split.each, self._top)):
            inner = self._top.at(reach, item=False, loops=0)
            where = self.conditions.formula(split.where, inner)
            where = both(self.conditions.native(split.each, self._top), where)
            self._study.coverage.select(reach, where, split.each.place)
            inner = inner.assuming(where)
            inner = replace(inner, here=of_types(inner.here, split.where))
            if split.as_name is not None:
                inner = inner.named(split.as_name.text, inner.here)
            scopes.append(inner)
        if not scopes:
            self._study.give_up(self._top)
        return scopes

    def _of_kind(self, fields: tuple[Field, ...], target: Target) -> Target:
        """The target with what its kind of message requires, where the mapping fixes the kind."""
        if target.notation != "exchange":
            return target
        kinds = [_constant(field.content) for field in fields if ".".join(field.key.steps) == "header.kind"]
        shapes: list[Shape] = []
        for kind in kinds:
            shape = kind_shape(self._fmt, kind) if kind else None
            if shape is not None:
                shapes.append(shape)
        if not shapes:
            return target
        return Target(alternatives(shapes), target.label, target.notation, target.namespace)

    def leftovers(self) -> None:
        """Report what is declared and not used, where all rules were looked at."""
        if self._study.unvisited:
            return
        self._tables.unused()
        for name, use in self._study.indexes.items():
            if not use.used:
                self._study.findings.warning("J410", f"index '{name}' is not used", use.index.name.place, "remove it")
        for pattern in self._study.mapping.patterns:
            name = pattern.name.text
            if name not in self._study.used_patterns:
                self._study.findings.warning("X506", f"pattern '{name}' is not used", pattern.name.place, "remove it")


def _constant(content: object) -> str:
    if isinstance(content, Value) and isinstance(content.origin, Const):
        return content.origin.word.text
    return ""
