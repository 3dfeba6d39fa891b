"""`gateway policy labels`: which source values of which mapping become roles, marks, purposes and other labels."""

import typer
from rich.console import Console

from gateway.cli.mapping.named import mappings_of
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.decisions import decision_set
from gateway.cli.policy.pages import HtmlFolder, Language, write_pages
from gateway.deployment import PlanFile, read_plan
from gateway.deployment.candidate import stated_by
from gateway.governance.label_rows import LabelRow, label_rows, plain_row
from gateway.governance.labels import label_sheet_digest
from gateway.mapping.load.mapping import load_mapping
from gateway.policy.words.book import WordBook
from gateway.policy.words.page import Child, page, tag
from gateway.policy.words.render import book_of

__all__ = ["labels"]


def labels(
    lang: Language = "en",
    html: HtmlFolder = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show the label sheet that officers sign: what mappings make of source values. Example: gateway policy labels"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    book = book_of(decision_set(plan, files, exchange), lang)
    mappings = [mapping for path in mappings_of(plan) if not (mapping := load_mapping(path, files)).outbound]
    stated = stated_by(plan)
    digest = label_sheet_digest(mappings, files, stated)
    rows = [row for mapping in mappings for row in label_rows(mapping, files)]
    written = write_pages(html, {f"labels.{lang}.html": _page(rows, plan, digest, book)})
    document = {"digest": digest, "stated": stated, "labels": [plain_row(row) for row in rows], "files": written}
    output.result(document, lambda words: _words(words, rows, plan, digest))
    raise typer.Exit(Exit.GOOD)


def _stated(plan: PlanFile) -> list[str]:
    """What the plan says, in its own words."""
    agencies = (
        f"{name}: country {entry.country}" + (f", status {entry.status}" if entry.status else "")
        for name, entry in plan.agencies.items()
    )
    return [f"home: {plan.home}", *agencies]


def _words(words: Console, rows: list[LabelRow], plan: PlanFile, digest: str) -> None:
    words.print("\n".join(_stated(plan)))
    for row in rows:
        words.print(f"\n{row.place.file}:{row.place.line}: {row.target}")
        words.print("\n".join(f"    {line}" for line in row.rule.splitlines()))
        for table in row.tables:
            words.print(f"    {table.file}: " + "; ".join(f"{source} -> {ours or '-'}" for source, ours in table.rows))
    words.print(f"\n{len(rows)} rules write labels; digest {digest}")


def _page(rows: list[LabelRow], plan: PlanFile, digest: str, book: WordBook) -> str:
    label = book.term("labels", "label sheet")
    body: list[Child] = [tag("h1", label), tag("p", book.say("label sheet about"))]
    body.append(tag("ul", (tag("li", line) for line in _stated(plan))))
    for mapping in dict.fromkeys(row.mapping for row in rows):
        head = tag("tr", (tag("th", book.term("labels", one), scope="col") for one in ("target", "rule", "values")))
        lines = [_line(row, book) for row in rows if row.mapping == mapping]
        body.append(tag("table", tag("caption", mapping), tag("thead", head), tag("tbody", lines), class_="wide"))
    body.append(tag("footer", tag("p", f"{book.term('labels', 'digest')}: {digest}", class_="digest")))
    return page(book.language, label, *body)


def _line(row: LabelRow, book: WordBook) -> Child:
    rule = [tag("p", line) for line in row.rule.splitlines()]
    rule.append(tag("p", f"{book.term('labels', 'line')} {row.place.line}", class_="law"))
    values = [tag("p", f"{source} → {ours or '-'}") for table in row.tables for source, ours in table.rows]
    cells = (tag("td", rule), tag("td", values or "-"))
    return tag("tr", tag("th", row.target, scope="row"), *cells)
