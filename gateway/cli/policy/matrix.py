"""`gateway policy matrix` and `gateway policy sheet`: what can leave, by purpose and role, by partner, by role."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.decisions import decision_set
from gateway.cli.policy.pages import HtmlFolder, Language, write_pages
from gateway.deployment import read_plan
from gateway.errors import DefinitionRefused, Fault
from gateway.names import PartnerId
from gateway.policy.compare.report import plain_sentence
from gateway.policy.language import NO_PERSON, DecisionSet
from gateway.policy.load_words import nearest
from gateway.policy.prove.build import decision_function
from gateway.policy.sheets.aggregation import plain_warning, warnings_of
from gateway.policy.sheets.cells import Page, pages_of
from gateway.policy.sheets.ever import Ever, about_role, for_partner
from gateway.policy.sheets.matrix import Rows, plain_rows, rows_of
from gateway.policy.sheets.pages import Printer, ever_lines
from gateway.policy.words.document import rendering_page
from gateway.policy.words.render import book_of, render

__all__ = ["matrix", "sheet"]

_Purpose = Annotated[str, typer.Option("--for", help="This purpose only.")]
_Role = Annotated[str, typer.Option("--role", help="This role or status only.")]


def matrix(
    purpose: _Purpose = "",
    role: _Role = "",
    lang: Language = "en",
    html: HtmlFolder = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show what can leave to whom, a page per purpose and role. Example: gateway policy matrix --html pages"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    decisions = decision_set(plan, files, exchange)
    book, function = book_of(decisions, lang), decision_function(decisions)
    purposes = _chosen(purpose, decisions.vocabulary.purposes, "--for")
    roles = _chosen(role, (*decisions.vocabulary.roles, *decisions.vocabulary.statuses, NO_PERSON), "--role")
    pages = [*pages_of(decisions, function, purposes, roles)]
    shown = output.progress(pages, "pages")
    found = [rows_of(decisions, page) for page in shown if not page.is_empty or len(pages) == 1]
    classes = {field.id: field.data_class for field in decisions.catalogue.fields.values()}
    warned = warnings_of(pages, classes)
    printer = Printer(decisions, function.digest, book)
    written: list[str] = []
    if html is not None:
        named = {_file(rows.page, lang): printer.matrix(rows) for rows in found}
        sheets = {book.term("labels", "aggregation"): (f"aggregation.{lang}.html", printer.aggregation(warned))}
        if not purpose and not role:
            sheets |= _sheets(decisions, printer, lang, roles)
        named |= dict(sheets.values())
        entries = [(page.purpose, page.role, _file(page, lang), page.is_empty) for page in pages]
        links = [(title, file) for title, (file, _) in sheets.items()]
        written = write_pages(html, {f"matrix.{lang}.html": printer.index(entries, links)} | named)
    document = {
        "digest": decisions.digest,
        "function": function.digest,
        "pages": [plain_rows(decisions, rows) for rows in found],
        "together": [plain_warning(one) for one in warned],
        "files": written,
    }
    output.result(document, lambda words: _tables(words, printer, found, written))
    raise typer.Exit(Exit.GOOD)


def sheet(
    partner: Annotated[str, typer.Option("--partner", "-p", help="All that this partner can ever see.")] = "",
    role: Annotated[str, typer.Option("--role", help="All that can ever leave about this role or status.")] = "",
    lang: Language = "en",
    html: HtmlFolder = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say all that a partner can see, or that can leave about a role. Example: gateway policy sheet --role victim"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    decisions = decision_set(plan, files, exchange)
    book = book_of(decisions, lang)
    if bool(partner) == bool(role):
        raise DefinitionRefused(Fault("POL-072", "a sheet is about one partner or one role", fix="name one of them"))
    subject = partner or role
    found = _ever(decisions, partner, role)
    printer = Printer(decisions, decision_function(decisions).digest, book)
    written = write_pages(html, {_sheet_file(found, lang): printer.ever(found)})
    lines = ever_lines(found, decisions, book)
    document: dict[str, Any] = {
        "subject": subject,
        "digest": decisions.digest,
        "combinations": found.cases,
        "sentences": [plain_sentence(one, found.axes) for one in found.sentences],
        "words": lines,
        "files": written,
    }
    output.result(document, lambda words: words.print("\n\n".join((printer.ever_title(found), *lines))))
    raise typer.Exit(Exit.GOOD)


def _sheets(decisions: DecisionSet, printer: Printer, lang: str, roles: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The policy in sentences, and the sheets of all partners and roles: title to file and page."""
    rendering = render(decisions, lang)
    found = {rendering.title: (f"policy.{lang}.html", rendering_page(rendering))}
    subjects = [for_partner(decisions, partner) for partner in decisions.partners]
    subjects += [about_role(decisions, role) for role in roles]
    return found | {printer.ever_title(one): (_sheet_file(one, lang), printer.ever(one)) for one in subjects}


def _sheet_file(found: Ever, lang: str) -> str:
    return f"sheet.{found.subject}.{lang}.html"


def _ever(decisions: DecisionSet, partner: str, role: str) -> Ever:
    if partner:
        _chosen(partner, decisions.partners, "--partner")
        return for_partner(decisions, PartnerId(partner))
    _chosen(role, (*decisions.vocabulary.roles, *decisions.vocabulary.statuses, NO_PERSON), "--role")
    return about_role(decisions, role)


def _chosen(word: str, known: Iterable[str], option: str) -> tuple[str, ...]:
    words = tuple(known)
    if word and word not in words:
        fix = nearest(word, words) or f"one of: {', '.join(words)}"
        raise DefinitionRefused(Fault("POL-004", f"`{option}`: `{word}` is not a word of the vocabulary", fix=fix))
    return (word,) if word else words


def _file(page: Page, lang: str) -> str:
    return f"matrix.{page.purpose}.{page.role}.{lang}.html"


def _tables(words: Console, printer: Printer, found: list[Rows], written: list[str]) -> None:
    if written:
        words.print(f"{len(written)} pages; begin with {written[0]}")
        return
    for rows in found:
        table = Table(title=printer.title(rows.page.purpose, rows.page.role), box=None, title_justify="left")
        for heading in printer.headings(rows):
            table.add_column(heading)
        for line in printer.lines(rows):
            table.add_row(*line)
        words.print(table)
