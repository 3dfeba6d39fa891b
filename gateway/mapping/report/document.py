"""A page about one mapping for those who live with it: what it is for, who answers for it, what it says of each field.

Guarantees that the page says what the mapping says: it is made from the file, its tables and its tests, and from
nothing else. One static HTML page, escaped, without any script; no value of a fixture stands in it.
"""

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape

from gateway.errors import DefinitionRefused
from gateway.mapping.cases.load import TestsFile, load_tests, tests_path
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.rules import Word
from gateway.mapping.load.source import syntax_of
from gateway.mapping.report.evidence import Evidence
from gateway.mapping.report.field import FieldReport, FieldReports
from gateway.mapping.report.html_sheet import page, table
from gateway.mapping.report.origins import context_text, origin_texts
from gateway.mapping.report.rules import rules_of
from gateway.mapping.report.sheet import Sheet, TableSheet

__all__ = ["document_page", "index_page", "purpose_of"]

_MOST_ROWS = 60
"""Rows of one table that a page shows; of a longer one it shows those that lose something."""


def document_page(sheet: Sheet, files: Mapping[str, bytes]) -> str:
    """Give the page of a mapping that loads."""
    mapping = sheet.mapping
    tests = _tests(mapping, files)
    sections = [
        ("facts", "At a glance", _facts(mapping, tests)),
        ("messages", "Messages", _messages(mapping)),
        ("fields", "Fields", _fields(sheet, files)),
        ("checks", "What must hold of a document", _checks(mapping)),
        ("tables", "Code tables", "".join(_table(each) for each in sheet.tables)),
        ("ignored", "What is not passed on, and why", _ignored(mapping)),
        ("tests", "Tests", _cases(tests)),
    ]
    shown = [(key, title, content) for key, title, content in sections if content]
    links = "".join(f'<a href="#{key}">{title}</a>' for key, title, _ in shown)
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{title}</h2>{content}</section>'
        for key, title, content in shown
    )
    purpose = f"<p>{escape(purpose_of(mapping, files))}</p>"
    return page(mapping.name.text, f"<nav aria-label='Sections'>{links}</nav>{purpose}{body}")


def index_page(pages: Mapping[str, tuple[str, str]]) -> str:
    """Give the page that leads to all others; `pages` are names and purposes by file name."""
    rows = [(f'<a href="{escape(file)}">{escape(name)}</a>', escape(why)) for file, (name, why) in pages.items()]
    return page("Mappings", table("Every mapping of the deployment", ("mapping", "purpose"), rows))


def purpose_of(mapping: MappingFile, files: Mapping[str, bytes]) -> str:
    """Give what the file says of itself: the comment at its head, and its note."""
    said: list[str] = []
    for line in files[mapping.file].decode("utf-8", "replace").splitlines():
        if not line.startswith("#"):
            break
        said.append(line.lstrip("# ").rstrip())
    note = [] if mapping.note is None else [mapping.note.text]
    return " ".join([*filter(None, said), *note])


def _tests(mapping: MappingFile, files: Mapping[str, bytes]) -> TestsFile | None:
    path = tests_path(mapping.file)
    if path not in files:
        return None
    try:
        return load_tests(path, files, syntax_of(mapping.source.format.text))
    except DefinitionRefused:
        return None


def _facts(mapping: MappingFile, tests: TestsFile | None) -> str:
    source, target = mapping.source, mapping.target
    facts = {
        "version": mapping.version.text,
        "owner": "" if mapping.owner is None else mapping.owner.text,
        "file": mapping.file,
        "source": _end(source.format, source.schema, source.root),
        "target": _end(target.format, target.schema, target.root),
        "where a value is missing": mapping.defaults.on_missing.value,
        "where a value cannot be used": mapping.defaults.on_error.word.value,
        "parts": ", ".join(part.file for part in mapping.parts),
        "tests": "none" if tests is None else f"{len(tests.cases)} cases in {tests.file}",
    }
    return table("", ("", ""), [(escape(name), escape(value)) for name, value in facts.items() if value])


def _end(name: Word, schema: Word | None, root: Word | None) -> str:
    by = "" if schema is None else f" by {schema.text}"
    return f"{name.text}{by}" + ("" if root is None else f" from {root.text}")


def _messages(mapping: MappingFile) -> str:
    rows = [
        (
            escape(split.name.text),
            f"<code>{escape(context_text(split.each))}</code>" if split.each is not None else "",
            str(split.place.line),
        )
        for split in mapping.splits
        if split.name is not None
    ]
    return table("What a file is split into", ("message", "one for each", "line"), rows)


def _fields(sheet: Sheet, files: Mapping[str, bytes]) -> str:
    reports = FieldReports(sheet, Evidence(), files)
    filled = [each.field for each in sheet.target if each.state == "filled"]
    rows = [row for name in filled for row in _field(reports.report(name), sheet)]
    return table("What fills each field", ("field", "from", "how", "if missing", "if unusable", "line"), rows)


def _field(report: FieldReport, sheet: Sheet) -> Iterator[tuple[str, ...]]:
    rules = {rule.place.line: rule for rule in rules_of(sheet.mapping) if not rule.mark}
    for each in report.rules:
        rule = rules.get(each.line)
        origins = dict.fromkeys(origin_texts(rule.value)) if rule is not None else {}
        steps = [*each.converters, *(f"table {name}" for name, _ in each.tables)]
        split = f" ({escape(each.split)})" if each.split else ""
        yield (
            f"<code>{escape(report.field)}</code>{split}<small>{escape(report.documentation)}</small>",
            "<br>".join(f"<code>{escape(origin)}</code>" for origin in origins),
            escape(", ".join(steps)) + (f"<small>{escape(each.note)}</small>" if each.note else ""),
            escape(each.on_missing.removesuffix(" (default)")),
            escape(each.on_error.removesuffix(" (default)")),
            str(each.line),
        )


def _checks(mapping: MappingFile) -> str:
    rows = [
        (
            f"line {check.place.line}",
            escape("quarantine" if check.on_error is None else check.on_error.text),
            escape("" if check.note is None else check.note.text),
        )
        for check in mapping.checks
    ]
    return table("Judged before anything is mapped", ("check", "else", "why"), rows)


def _table(each: TableSheet) -> str:
    counts = Counter(match for _, _, _, match, _ in each.rows)
    said = ", ".join(f"{number} {match}" for match, number in counts.items())
    shown = each.rows if len(each.rows) <= _MOST_ROWS else [row for row in each.rows if row[3] != "exact"]
    rows = [(escape(source), escape(target), escape(match), escape(note)) for _, source, target, match, note in shown]
    caption = f"{each.name} ({posixpath.basename(each.file)}): {len(each.rows)} rows, {said}"
    if len(shown) < len(each.rows):
        caption += "; shown are those that are not exact"
    return table(caption, ("source", "target", "match", "note"), rows) or f"<p>{escape(caption)}</p>"


def _ignored(mapping: MappingFile) -> str:
    rows = [
        (
            f"<code>{escape(each.path.text)}</code>",
            "everywhere" if each.where is None else f"where the condition in line {each.place.line} holds",
            escape(each.why.text),
        )
        for each in mapping.ignore
    ]
    return table("Left out of the source", ("field", "when", "why"), rows)


def _cases(tests: TestsFile | None) -> str:
    if tests is None:
        return ""
    rows = [
        (
            escape(case.name),
            escape(", ".join(posixpath.basename(name) for name in case.inputs[:4])),
            ", ".join(str(change.path.text) for change in case.changes) and "changed",
            escape(", ".join(dict.fromkeys(each.outcome or "accepted" for each in case.expected))),
        )
        for case in tests.cases
    ]
    return table("What is tested before the mapping is loaded", ("case", "input", "", "outcome"), rows)
