"""A first mapping for a format: drafted from schemas or samples, judged by the checker, and repaired until it is right.

Guarantees that the draft loads and that the checker finds nothing in it but decisions that only a person can take: what
stands under `ignore` without a reason (V305), constants and table rows that are marked as open (V306). A guess that the
checker objects to is withdrawn: an optional field is left out, a required one becomes an open decision. Pure: files in,
files out.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.errors import DefinitionRefused, Fault, Severity
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.check.coverage import leaves_of
from gateway.mapping.check.findings import Findings
from gateway.mapping.check.mapping import CheckReport, check_mapping
from gateway.mapping.check.tables import UNDECIDED
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.layout.fmt import formatted
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.scaffold.beside import fixture_names, table_file, tests_file
from gateway.mapping.scaffold.guess import Guesser
from gateway.mapping.scaffold.nodes import Block, Rule, printed, quoted
from gateway.mapping.scaffold.places import Speller
from gateway.mapping.scaffold.portions import portions_of
from gateway.mapping.scaffold.sources import End, Sample, learnt_source, source_of, target_of
from gateway.mapping.shapes.exchange import exchange_shape, kind_shape, word_lists
from gateway.mapping.shapes.schema_files import json_schema_files, xsd_files
from gateway.mapping.shapes.sources import SourceTop, source_top
from gateway.mapping.shapes.targets import Target, target_top

__all__ = ["Draft", "Wanted", "draft_mapping"]

_OPEN = frozenset({"V305", "V306"})
_MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `mapping` is the file to be; `source` empty means: learn it from the samples.

    `files` are the deployment's, with the schemas that `source` and `target` name. `kind` is a kind of message.
    `root` chooses the element of a document where an XML Schema declares several.
    """

    mapping: str
    source: str
    target: str
    files: Mapping[str, bytes] = field(repr=False)
    samples: tuple[Sample, ...] = ()
    kind: str = "person-notice"
    root: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The files of a draft, the mapping first. `learnt` says what was learnt from samples, empty if nothing was.

    `guessed` counts rules with a guessed source, `open` decisions that are left to a person. `schemas` are the files
    of the deployment that it reads.
    """

    mapping: str
    files: Mapping[str, bytes] = field(repr=False)
    learnt: str
    guessed: int
    open: int
    report: CheckReport
    schemas: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """The mapping."""
        return self.files[self.mapping].decode()


def draft_mapping(wanted: Wanted, fmt: ExchangeFormat) -> Draft:
    """Draft a mapping with its tables, tests and fixtures.

    Raises `DefinitionRefused` for schemas and samples that cannot be used (S codes, W006), `DocumentRefused` for
    samples that cannot be read.
    """
    if wanted.source:
        source = source_of(wanted.source, wanted.mapping, wanted.files, wanted.samples, wanted.root)
    elif wanted.samples:
        source = learnt_source(wanted.samples, wanted.mapping)
    else:
        raise DefinitionRefused(Fault("S154", "there is neither a schema nor a sample", fix="add --source or --sample"))
    target = target_of(wanted.target, wanted.mapping, wanted.files, wanted.root)
    return _Drafting(wanted, source, target, fmt).draft()


class _Drafting:
    def __init__(self, wanted: Wanted, source: End, aim: End, fmt: ExchangeFormat) -> None:
        self._wanted = wanted
        self._ends = (source, aim)
        self._fmt = fmt
        self._files = {**wanted.files, **source.files}
        self._tables: dict[str, bytes] = {}
        self._at: dict[int, Rule | Block] = {}
        self._ignore: list[str] = []
        top, target = self._tops()
        speller = Speller(top.notation)
        self._portions = portions_of(top, speller)
        guesser = Guesser(speller, word_lists(fmt), wanted.kind)
        self._fields = [guesser.fields(target, each.here, top=not each.each, word=each.word) for each in self._portions]
        self._paths = {leaf.label: speller.ignored(leaf) for leaf in leaves_of(top.top)}
        folder = posixpath.dirname(wanted.mapping)
        self._names = {name: self._free(folder, name.replace("_", "-")) for name in guesser.tables}
        for name, (codes, allowed) in guesser.tables.items():
            self._tables[posixpath.join(folder, self._names[name])] = table_file(codes, allowed)

    def _free(self, folder: str, table: str) -> str:
        """The name of a table's file; where another mapping of the folder has it already, with this one's before it."""
        stem = posixpath.basename(self._wanted.mapping).removesuffix(".map.yaml")
        name = f"codes/{table}.csv"
        return f"codes/{stem}-{table}.csv" if posixpath.join(folder, name) in self._wanted.files else name

    def _tops(self) -> tuple[SourceTop, Target]:
        """Give the tops of source and target; of the exchange format what the kind of message requires."""
        mapping = self._loaded()
        findings = Findings()
        exchange = exchange_shape(self._fmt)
        top = source_top(mapping, self._files, exchange, findings)
        target = target_top(mapping, self._files, exchange, findings)
        errors = [fault for fault in findings.faults if fault.severity is Severity.ERROR]
        if errors or top is None or target is None:
            raise DefinitionRefused.of(errors or [Fault("S153", "this file describes no format that is known")])
        if target.notation == "exchange":
            kind = kind_shape(self._fmt, self._wanted.kind)
            if kind is None:
                fix = f"one of: {', '.join(word_lists(self._fmt)['kind'])}"
                raise DefinitionRefused(Fault("S155", "there is no such kind of message", fix=fix))
            target = replace(target, shape=kind)
        return top, target

    def _loaded(self) -> MappingFile:
        """Load a mapping with both ends and one rule, for its schemas."""
        lines = [*self._head(), "map:", *self._first()]
        path = self._wanted.mapping
        return load_mapping(path, {**self._files, path: "\n".join([*lines, ""]).encode()})

    def _first(self) -> list[str]:
        key = {"csv": "rows[]", "exchange": "header.kind"}.get(self._ends[1].format, "x")
        return [f"  {key}: {{const: {UNDECIDED}}}"]

    @property
    def _every(self) -> list[Rule | Block]:
        return [each for fields in self._fields for each in fields]

    # -- the text -----------------------------------------------------------------------------------------------------

    def _head(self) -> list[str]:
        source, target = self._ends
        path = self._wanted.mapping
        name = posixpath.basename(path).removesuffix(".map.yaml")
        folder = posixpath.basename(posixpath.dirname(path)) or "agency"
        ends = f"{source.format} -> {target.format}"
        lines = [f"# Draft by gateway mapping scaffold: {ends}. {UNDECIDED} marks what is to be decided."]
        if source.learnt:
            lines.append(f"# No schema was given: {source.learnt}. What the samples do not show will be refused.")
        plain = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{folder}.{name}")
        return [*lines, f"mapping: {quoted(plain)}", "version: 0.1.0", "", *source.lines, *target.lines]

    def text(self) -> str:
        """Print the draft, and remember which line is of which rule."""
        lines = [*self._head(), ""]
        used = _tables_of(self._every)
        if used:
            lines += ["tables:", *(f"  {name}: {path}" for name, path in self._names.items() if name in used), ""]
        lines += ["defaults: {clean: [trim, nfc], empty_is: missing, on_missing: skip, on_error: quarantine}", ""]
        self._at = {}
        if self._portions[0].each:
            lines.append("# Guessed: a message for each record. If the whole file is one message, write map: instead.")
        lines.append("split:" if self._portions[0].each else "map:")
        for portion, fields in zip(self._portions, self._fields, strict=True):
            if portion.each:
                lines += [f"  {portion.name}:", f"    each: {quoted(portion.each, block=True)}", "    map:"]
            for line, each in printed(fields, 3 if portion.each else 1):
                lines.append(line)
                self._at[len(lines)] = each
        if self._ignore:
            lines += ["", "ignore:", *(f"  {quoted(path, block=True)}: {UNDECIDED}" for path in self._ignore)]
        return "\n".join([*lines, ""])

    # -- judged and repaired ------------------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """Judge and repair until only decisions are left, then put the files together."""
        report = self._judged()
        for _ in range(_MOST_ROUNDS):
            wrong = [fault for fault in report.faults if fault.severity is Severity.ERROR and fault.code not in _OPEN]
            if not wrong:
                break
            for fault in wrong:
                self._repair(fault)
            self._fields = [_pruned(fields) for fields in self._fields]
            report = self._judged()
        return self._draft()

    def _judged(self) -> CheckReport:
        """Check the draft; what nothing reads goes under `ignore` first."""
        self._ignore = []
        report = self._checked()
        if self._ends[0].format != "exchange":
            unread = (self._paths[label] for label in report.coverage.unread if label in self._paths)
            self._ignore = list(dict.fromkeys(unread))
            report = self._checked()
        return report

    def _checked(self) -> CheckReport:
        path = self._wanted.mapping
        return check_mapping(path, {**self._files, **self._tables, path: self.text().encode()}, self._fmt)

    def _repair(self, fault: Fault) -> None:
        """Withdraw the guess at a line; a required value that may be missing is asked for first."""
        # What is ignored and read: the reading is the guess.
        guilty = self._at.get(fault.at.line if fault.code == "V304" else fault.place.line)
        if isinstance(guilty, Rule):
            if fault.code == "T203" and guilty.source is not None and not guilty.quarantine:
                guilty.quarantine = True
            else:
                guilty.undecide()
        elif isinstance(guilty, Block):
            guilty.source = None
            for rule in _rules(guilty.fields):
                rule.undecide()

    def _draft(self) -> Draft:
        path = self._wanted.mapping
        folder = posixpath.dirname(path)
        beside = [posixpath.relpath(name, folder or ".") for name in self._wanted.files]
        names = fixture_names(self._wanted.samples, beside)
        suffix = "exchange.json" if self._ends[1].format == "exchange" else f"out.{self._ends[1].format}"
        used = _tables_of(self._every)
        laid_out = formatted(self.text().encode(), path)
        report = check_mapping(path, {**self._files, **self._tables, path: laid_out}, self._fmt)
        files = {path: laid_out, **self._ends[0].files}
        wanted = {posixpath.join(folder, file) for name, file in self._names.items() if name in used}
        files |= {name: data for name, data in self._tables.items() if name in wanted}
        several = bool(self._portions[0].each)
        tests = path.removesuffix(".map.yaml") + ".tests.yaml"
        files[tests] = tests_file(path, names, several=several, suffix=suffix)
        for name, sample in zip(names, self._wanted.samples, strict=True):
            files[posixpath.join(folder, name)] = sample.data
        guessed = sum(rule.source is not None for rule in _rules(self._every))
        left = sum(fault.code in _OPEN for fault in report.faults)
        return Draft(path, files, self._ends[0].learnt, guessed, left, report, self._schemas())

    def _schemas(self) -> frozenset[str]:
        """The schema files that both ends name, with all they lead to."""
        found: set[str] = set()
        for named in (self._wanted.source, self._wanted.target):
            if named.endswith(".xsd"):
                found |= set(xsd_files(self._files, named))
            elif named.endswith(".json"):
                found |= set(json_schema_files(self._files, named))
            elif named not in {"", "exchange"}:
                found.add(named)
        return frozenset(found)


def _rules(fields: Sequence[Rule | Block]) -> list[Rule]:
    found: list[Rule] = []
    for each in fields:
        found += [each] if isinstance(each, Rule) else _rules(each.fields)
    return found


def _tables_of(fields: Sequence[Rule | Block]) -> set[str]:
    return {rule.table for rule in _rules(fields) if rule.table}


def _pruned(fields: list[Rule | Block]) -> list[Rule | Block]:
    """Leave out optional rules without a source, and optional blocks in which nothing is guessed any more."""
    kept: list[Rule | Block] = []
    for each in fields:
        if isinstance(each, Block):
            each.fields = _pruned(each.fields)
            if not each.fields or (not each.required and not any(r.source is not None for r in _rules(each.fields))):
                continue
        elif each.source is None and not each.required:
            continue
        kept.append(each)
    return kept
