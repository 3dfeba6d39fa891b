"""`gateway policy render`: the whole policy in sentences that a lawyer reads."""

from typing import Annotated

import typer

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.cli.policy.decisions import decision_set
from gateway.cli.policy.pages import HtmlFolder, Language, write_pages
from gateway.deployment import read_plan
from gateway.policy.words.document import rendering_page
from gateway.policy.words.render import plain_rendering, render, rendered_lines

__all__ = ["render_policy"]

_SHORT = ("rules", "built in", "promises", "partners", "groups", "conditions")


def render_policy(
    lang: Language = "en",
    html: HtmlFolder = None,
    everything: Annotated[bool, typer.Option("--all", help="Also every field and every term.")] = False,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say the policy in sentences, numbered as in the file. Example: gateway policy render --lang de"""
    output = Output(as_json=as_json, color=not no_color)
    plan, files, exchange = read_plan(config)
    rendering = render(decision_set(plan, files, exchange), lang)
    written = write_pages(html, {f"policy.{lang}.html": rendering_page(rendering)})
    lines = [*rendered_lines(rendering, None if everything else _SHORT)]
    output.result(plain_rendering(rendering) | {"files": written}, lambda words: words.print("\n".join(lines)))
    raise typer.Exit(Exit.GOOD)
