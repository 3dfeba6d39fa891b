"""`gateway policy diff`: what a change newly discloses, and who must sign for it."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.pages import HtmlFolder, Language, write_pages
from gateway.cli.policy.versions import read_version
from gateway.policy.compare.diff import compare
from gateway.policy.compare.report import Paragraph, difference_page, difference_paragraphs, plain_difference
from gateway.policy.compare.verdict import verdict_of
from gateway.policy.words.render import book_of

__all__ = ["diff"]

_SECONDS = 10.0
"""How long short names are looked for; after that the rest is listed box by box (policy-language.md 14)."""


def diff(
    old: Annotated[
        Path, typer.Argument(help="A deployment, or a folder with the officer's files as the plan names them.")
    ],
    new: Annotated[Path | None, typer.Argument(help="The same; this deployment if left out.")] = None,
    lang: Language = "en",
    html: HtmlFolder = None,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say what a change newly discloses; exit 1 if anything is. Example: gateway policy diff signed/policies"""
    output = Output(as_json=as_json, color=not no_color)
    before, after = read_version(old, config), read_version(new or config, config)
    book = book_of(after.decisions, lang)
    end = time.monotonic() + _SECONDS
    found = compare(before.decisions, after.decisions, before.tests, after.tests, lambda: time.monotonic() > end)
    verdict = verdict_of(found)
    written = write_pages(html, {f"difference.{lang}.html": difference_page(found, verdict, book)})
    paragraphs = difference_paragraphs(found, verdict, book)
    headed = [(book.term("labels", label) if label else "", sentences) for label, sentences in paragraphs]
    output.result(plain_difference(found, verdict) | {"files": written}, lambda words: _words(words, headed))
    raise typer.Exit(Exit.FINDINGS if found.discloses_more else Exit.GOOD)


def _words(words: Console, paragraphs: list[Paragraph]) -> None:
    for heading, sentences in paragraphs:
        if heading:
            words.print(f"\n{heading.upper()}")
        for sentence in sentences:
            words.print(f"  {sentence}" if heading else sentence)
