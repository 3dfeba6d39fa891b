"""The sheet of a mapping as one HTML page: static, printable, for a keyboard and a screen reader, without any script.

Guarantees that every text is escaped, that nothing is fetched from anywhere (the page forbids it to itself), and that
colour never carries a meaning alone: every state is said in words.
"""

from collections.abc import Iterable, Sequence
from html import escape

from gateway.mapping.report.csv_sheet import reading_text
from gateway.mapping.report.evidence import Evidence
from gateway.mapping.report.sheet import Sheet, SourceField

__all__ = ["STYLE", "html_page", "page", "table"]

STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 2rem; }
caption { text-align: left; font-weight: bold; padding: 0.5rem 0; }
th, td { border: 1px solid #8888; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; }
td, th, code { overflow-wrap: anywhere; }
thead th { background: #8882; position: sticky; top: 0; }
.lost, .missing { font-weight: bold; text-decoration: underline; }
.ignored, .empty { font-style: italic; }
small { display: block; }
nav a { margin-right: 1rem; }
a:focus-visible { outline: 3px solid; }
@media print { nav { display: none; } thead { display: table-header-group; } thead th { position: static; }
  tr { break-inside: avoid; } body { max-width: none; } }
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STATES = {
    "mapped": "mapped",
    "read": "looked at only",
    "ignored": "ignored",
    "lost": "LOST: neither mapped nor ignored",
    "left out": "not passed on",
    "filled": "filled",
    "empty": "not filled",
    "missing": "MISSING: required and not filled",
}


def html_page(sheet: Sheet, evidence: Evidence, text: str) -> str:
    """Give the page of a mapping; `text` is the mapping file, whose lines are shown beside the rules."""
    mapping = sheet.mapping
    name, version = mapping.name.text, mapping.version.text
    counts = sheet.counts
    said = ", ".join(f"{number} {_STATES[state]}" for state, number in counts.items() if number)
    lines = text.splitlines()
    sections = [
        ("source", "Source fields", _source(sheet.source)),
        ("target", "Target fields", _target(sheet, evidence)),
        ("conditions", "Ignored under a condition", _conditional(sheet)),
        ("tables", "Code tables", _tables(sheet, evidence)),
        ("branches", "Branches", _branches(evidence, lines)),
        ("residue", "What the fixtures leave", _residue(evidence)),
    ]
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{title}</h2>{content}</section>'
        for key, title, content in sections
        if content
    )
    links = "".join(f'<a href="#{key}">{title}</a>' for key, title, content in sections if content)
    fixtures = f"{len(evidence.fixtures)} fixtures were run"
    if evidence.refused:
        fixtures += f", {len(evidence.refused)} of them were refused"
    intro = (
        f"<p>Version {escape(version)}, from {escape(mapping.source.format.text)}"
        f" to {escape(mapping.target.format.text)}."
        f" Source fields: {escape(said)}. {fixtures}.</p>"
    )
    return page(f"Coverage of {name}", f"<nav aria-label='Sections'>{links}</nav>{intro}{body}")


def page(title: str, body: str) -> str:
    """Give a whole page; `body` is HTML, `title` is text."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n"
    )


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table of cells that are HTML already; the first cell of a row is its heading. Empty without rows."""
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>\n' for row in rows
    )
    if not body:
        return ""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"


def _state(state: str) -> str:
    return f'<span class="{escape(state.replace(" ", "-"))}">{escape(_STATES[state])}</span>'


def _source(fields: Sequence[SourceField]) -> str:
    rows = [
        (
            f"<code>{escape(each.field)}</code><small>{escape(each.documentation)}</small>",
            _state(each.state),
            "<br>".join(escape(reading_text(reading)) for reading in each.readings) or escape(each.reason),
            escape(each.declared),
        )
        for each in fields
    ]
    return table(
        "Every field of the source", ("field", "what becomes of it", "where it goes, or why not", "declared"), rows
    )


def _target(sheet: Sheet, evidence: Evidence) -> str:
    rows = []
    for each in sheet.target:
        shown = sum(1 for line in each.lines if evidence.written.get(line))
        seen = "" if not each.lines or not evidence.fixtures else ("yes" if shown else "by no fixture")
        rows.append(
            (
                f"<code>{escape(each.field)}</code><small>{escape(each.documentation)}</small>",
                "required" if each.required else "",
                _state(each.state),
                "<br>".join(f"<code>{escape(source)}</code>" for source in each.sources),
                ", ".join(map(str, each.lines)),
                seen,
            )
        )
    headings = ("field", "required", "filled", "from", "line", "exercised")
    return table("Every field that is filled, and the parts that are not", headings, rows)


def _conditional(sheet: Sheet) -> str:
    rows = [(f"<code>{escape(path)}</code>", escape(why), str(line)) for path, why, line in sheet.conditional]
    return table("Items that are left out where a condition holds", ("path", "why", "line"), rows)


def _tables(sheet: Sheet, evidence: Evidence) -> str:
    parts = []
    for each in sheet.tables:
        rows = [
            (escape(source), escape(target), escape(match), escape(note), str(line),
             "yes" if (each.file, line) in evidence.rows else "")
            for line, source, target, match, note in each.rows
        ]  # fmt: skip
        parts.append(
            table(f"{each.name} ({each.file})", ("source", "target", "match", "note", "line", "exercised"), rows)
        )
    return "".join(parts)


def _branches(evidence: Evidence, lines: Sequence[str]) -> str:
    rows = [
        (
            str(each.line),
            f"<code>{escape(lines[each.line - 1].strip() if 0 < each.line <= len(lines) else '')}</code>",
            str(each.taken) if each.taken else "by no fixture",
        )
        for each in evidence.branches
    ]
    return table("Alternatives of rules", ("line", "branch", "fixtures that took it"), rows)


def _residue(evidence: Evidence) -> str:
    rows = [
        (
            escape(each.fixture),
            f"<code>{escape(each.field)}</code>",
            escape(each.place),
            str(each.count),
            escape(each.why),
        )
        for each in evidence.residue
    ]
    headings = ("fixture", "field", "first place", "how many", "why")
    return table("Values that are in a fixture and that nothing read", headings, rows)
