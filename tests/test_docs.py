"""The documents answer to the code: every command, setting, code, event, converter and policy word is written down."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from gateway.cli.command import build
from gateway.cli.explain import pages
from gateway.deployment import Settings
from gateway.deployment.plan_file import PlanFile
from gateway.mapping.converters import CONVERTERS
from gateway.policy.language import GAPS, GRANTS, REGIMES, WITHHOLD
from gateway.telemetry import ALLOWED_KEYS, EVENTS
from tests.shared import REPOSITORY

CODE = re.compile(r"[A-Z][0-9]{3}|[A-Z]{3}-[0-9]{3}|O901")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")


@cache
def text_of(*names: str) -> str:
    return "\n".join((REPOSITORY / name).read_text(encoding="utf-8") for name in names)


def documents() -> list[Path]:
    return [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def codes_in_the_program() -> set[str]:
    found: set[str] = set()
    for path in (REPOSITORY / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                found.add(node.value)
    return found


def commands() -> Iterator[str]:
    app = build()
    for command in app.registered_commands:
        yield f"gateway {command.name}"
    for group in app.registered_groups:
        noun = group.typer_instance
        assert isinstance(noun, typer.Typer)
        for command in noun.registered_commands:
            name = command.name or (command.callback.__name__ if command.callback else "")
            yield f"gateway {noun.info.name} {name}"


def settings_of(model: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings_of(kind, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    raised = codes_in_the_program()
    assert len(raised) > 200
    assert sorted(raised - set(pages())) == []
    assert sorted(set(pages()) - raised) == []


@pytest.mark.parametrize("code", sorted(pages()))
def test_a_page_says_cause_and_fix(code: str) -> None:
    page = pages()[code]
    assert re.search(r"^(Cause|Meaning)\b[^:\n]*:", page, re.MULTILINE), page
    assert "Fix:" in page, page


def test_every_command_is_in_the_reference() -> None:
    written = text_of("docs/reference/cli.md")
    assert [command for command in commands() if f"`{command}`" not in written] == []


def test_every_setting_is_in_the_reference() -> None:
    written = text_of("docs/reference/settings.md")
    groups = ("agencies", "partners")
    missing = [
        name
        for model in (Settings, PlanFile)
        for name in settings_of(model)
        if name not in groups and f"`{name}`" not in written
    ]
    assert missing == []
    assert all(f"`{group}.NAME" in written for group in groups)


def test_every_event_and_key_of_the_log_is_in_the_reference() -> None:
    written = text_of("docs/reference/logs.md")
    assert [name for name in (*sorted(EVENTS), *ALLOWED_KEYS) if f"`{name}`" not in written] == []


def test_every_converter_and_policy_word_is_in_the_specifications() -> None:
    mapping = text_of("docs/spec/mapping-language.md")
    policy = text_of("docs/spec/policy.md", "docs/guide/data-protection-officer.md")
    assert [name for name in CONVERTERS if name not in mapping] == []
    assert [word for word in (*REGIMES, *GRANTS, *GAPS, WITHHOLD) if word not in policy] == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    targets = [match[1] for match in LINK.finditer(path.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", sorted((REPOSITORY / "docs/adr").glob("*.md")), ids=lambda path: path.name)
def test_a_decision_says_context_decision_and_consequences(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]} ", written)
    for part in ("Context", "Decision", "Consequences"):
        assert part in written
