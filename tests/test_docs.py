"""The documents answer to the code: every command, setting, code, event, converter and policy word is written down."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from gateway.cli.command import build
from gateway.cli.explain import pages
from gateway.deployment import Settings
from gateway.deployment.plan_file import AgencyEntry, PartnerEntry, PlanFile
from gateway.deployment.settings import FolderLink, HttpLink, QueueLink, WebhookLink
from gateway.document.yaml_nodes import read_yaml
from gateway.mapping.cases import load as cases_load
from gateway.mapping.convert.catalogue import CONVERTERS
from gateway.mapping.language.words import PLACES
from gateway.mapping.language.words_tests import TEST_PLACES
from gateway.mapping.load import source as load_source
from gateway.mapping.load.contexts import CONTEXT_WORDS
from gateway.policy import cases, load, load_companions, load_promises, load_rules
from gateway.policy.language import GAPS, GRANTS, INFORMATION, ORIGINS, REGIMES, WITHHOLD
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


def test_every_option_is_in_the_reference() -> None:
    written = text_of("docs/reference/cli.md")
    found: set[str] = set()
    waiting: list[Any] = [typer.main.get_command(build())]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        found |= {option for each in command.params for option in each.opts if option.startswith("-")}
    shell = {"--install-completion", "--show-completion", "-c", "--help"}
    assert sorted(option for option in found - shell if f"`{option}`" not in written) == []


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


def logged() -> Iterator[tuple[str, set[str]]]:
    """Every line that the program can log: its event and its keys."""
    for path in (REPOSITORY / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and re.search(r"\blogger\(\)\.\w+$", ast.unparse(node.func)):
                keys = {str(keyword.arg) for keyword in node.keywords}
                for each in ast.walk(node.args[0]):
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value:
                        yield each.value, keys


def test_what_is_logged_is_on_the_lists_and_what_is_on_the_list_is_logged() -> None:
    lines = list(logged())
    events = {event for event, _ in lines}
    assert events <= EVENTS
    assert sorted(key for _, keys in lines for key in keys - set(ALLOWED_KEYS)) == []
    assert sorted(EVENTS - events) == []


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


# ---------------------------------------------------------------- words of the languages


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text))


def test_every_word_of_a_mapping_is_in_its_specification() -> None:
    written = _words(text_of("docs/spec/mapping-language.md"))
    words = {word for places in (PLACES, TEST_PLACES) for each in places.values() for word in each} | CONTEXT_WORDS
    words |= {*load_source.SOURCE_FORMATS, *load_source.TARGET_FORMATS, *cases_load.OUTCOMES}
    assert sorted(words - written) == []


def test_every_line_of_policy_register_promise_and_test_is_in_its_specification() -> None:
    written = text_of("docs/spec/policy.md", "docs/guide/data-protection-officer.md")
    lines = {*load._LINES, *load_companions._PARTNER_LINES, *load_companions.RESERVED, *INFORMATION, *ORIGINS}
    lines |= {line for forms in (load_rules._LINES, load_promises._LINES) for each in forms.values() for line in each}
    lines |= {*load_rules.WITH_WORDS, *cases._HEAD, *cases._CASE, *cases._MESSAGE, *cases._GIVEN}
    lines |= {*load_companions._CHANNEL, *load_companions._PARTNER_STATUS, *load_companions._TAKES}
    assert sorted(line for line in lines if line not in written) == []


# ---------------------------------------------------------------- settings and environment


@pytest.mark.parametrize("model", [QueueLink, HttpLink, FolderLink, WebhookLink, AgencyEntry, PartnerEntry])
def test_every_key_of_a_link_and_of_an_entry_is_in_the_reference(model: type[BaseModel]) -> None:
    written = text_of("docs/reference/settings.md")
    names = [name for name in model.model_fields if name != "via"]
    assert [name for name in names if not re.search(rf"`(?:\w+\.NAME\.)?{name}`", written)] == []


def environment() -> set[str]:
    """Every variable that the program reads: `os.environ`, and options that have one."""
    found: set[str] = set()
    for path in (REPOSITORY / "gateway").rglob("*.py"):
        if "testing" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "envvar":
                found |= {str(each.value) for each in ast.walk(node.value) if isinstance(each, ast.Constant)}
            if isinstance(node, ast.Call | ast.Subscript) and "environ" in ast.unparse(node).partition("(")[0]:
                found |= {
                    each.value
                    for each in ast.walk(node)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value.isupper()
                }
    return found


def test_every_variable_of_the_environment_is_in_the_reference() -> None:
    written = text_of("docs/reference/settings.md")
    assert environment() >= {"GATEWAY_CONFIG", "GATEWAY_BROKER", "NO_COLOR"}
    assert [name for name in sorted(environment()) if f"`{name}`" not in written] == []


# ---------------------------------------------------------------- blocks and links


BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(*languages: str) -> list[Any]:
    """Every block of the documents in one of these languages, as a parameter that says where it stands."""
    found = []
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            if match[1] in languages:
                line = text[: match.start()].count("\n") + 1
                place = f"{path.relative_to(REPOSITORY).as_posix()}:{line}"
                found.append(pytest.param(match[2], id=place))
    return found


def invocations(text: str) -> Iterator[list[str]]:
    """The words of every command in a shell block, without comments; several may be joined by `&&` or `|`."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\||;", line):
            words = shlex.split(part, comments=True)
            while words and re.fullmatch(r"\w+=.*", words[0]):
                words = words[1:]
            if words:
                yield words


@pytest.mark.parametrize("block", blocks("sh", "bash", "console"))
def test_the_commands_of_a_shell_block_exist(block: str) -> None:
    targets = set(re.findall(r"^(\w[\w-]*):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in invocations(block):
        name = words[0].rpartition("/")[2]
        if name == "make":
            assert set(words[1:]) <= targets, words
        if name == "gateway":
            _exists(words)


def _exists(words: list[str]) -> None:
    """The command and its options exist; arguments are not looked at."""
    command: Any = typer.main.get_command(build())
    rest = words[1:]
    while rest and getattr(command, "commands", None) is not None and not rest[0].startswith("-"):
        assert rest[0] in command.commands, words
        command, rest = command.commands[rest[0]], rest[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "--version"}
    used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert used <= known, words


@pytest.mark.parametrize("block", blocks("yaml"))
def test_a_yaml_block_can_be_read(block: str) -> None:
    read_yaml(re.sub(r"\.\.\.|…", "x", block).encode(), "block.yaml")


ANCHOR = re.compile(r"\]\(([^)#]*)#([^)]+)\)")


def anchors(path: Path) -> set[str]:
    """The names that a reader's program gives to headings."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        plain = re.sub(r"[`*\[\]]|\([^)]*\)", "", heading).strip().lower()
        found.add(re.sub(r"[^\w -]", "", plain).replace(" ", "-"))
    return found


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_anchors_lead_to_headings(path: Path) -> None:
    for target, name in ANCHOR.findall(path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            page = path.parent / target if target else path
            assert name in anchors(page), f"{target}#{name}"


def test_every_document_is_reached_from_the_readme() -> None:
    """Except pages of codes (`gateway explain` shows them) and what only explains a decision."""
    reached, waiting = set(), [REPOSITORY / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        targets = (match[1] for match in LINK.finditer(path.read_text(encoding="utf-8")))
        waiting += [(path.parent / target).resolve() for target in targets if (path.parent / target).exists()]
    lost = {path for path in documents() if path not in reached and path.parent.name not in {"codes", "adr"}}
    assert sorted(path.relative_to(REPOSITORY).as_posix() for path in lost) == []
