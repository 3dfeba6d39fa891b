"""What must not be in the code, and what must not be in any file. security.md, supply chain, and the house rules."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.rooms import at_home, module_name
from tests.architecture.tracked import name, python_files, tracked

# ---------------------------------------------------------------- code of the product

FORBIDDEN_IMPORTS: dict[str, tuple[tuple[str, ...], str]] = {
    "pickle": ((), "reading it runs code"),
    "marshal": ((), "reading it runs code"),
    "shelve": ((), "reading it runs code"),
    "subprocess": (
        ("testing.broker", "testing.children", "workers.guard_process"),
        "the gateway starts no programs but its own workers",
    ),
    "random": (("testing",), "nothing secret may come from it; jitter takes a random.Random as an argument"),
    "xml": (("document", "mapping.shapes.xsd_nodes"), "document/ reads XML; expat reads schemas where columns count"),
    "telnetlib": ((), "nothing here speaks it"),
}
"""Module -> its homes, and why it is refused elsewhere."""

FORBIDDEN_CALLS: dict[str, tuple[tuple[str, ...], str]] = {
    "eval": ((), "no text is ever run"),
    "exec": ((), "no text is ever run"),
    "__import__": ((), "imports stand at the top, where the walls see them"),
    "yaml.load": ((), "compose nodes: scalars stay text"),
    "yaml.safe_load": ((), "compose nodes: scalars stay text"),
    "yaml.full_load": ((), "compose nodes: scalars stay text"),
    "yaml.unsafe_load": ((), "compose nodes: scalars stay text"),
    "etree.parse": (("document",), "document/ reads XML, with its limits"),
    "etree.fromstring": (("document",), "document/ reads XML, with its limits"),
    "etree.XML": (("document",), "document/ reads XML, with its limits"),
    "etree.HTML": (("document",), "document/ reads XML, with its limits"),
    "etree.iterparse": (("document",), "document/ reads XML, with its limits"),
    "ClientSession": (("transport.egress", "testing"), "the egress module alone opens connections to partners"),
    "aiohttp.ClientSession": (("transport.egress", "testing"), "the egress module alone opens connections to partners"),
    "os.system": ((), "the gateway starts no programs"),
    "os.popen": ((), "the gateway starts no programs"),
}
"""Call, as its last two words -> where it may stand, and why it is refused elsewhere."""

FORBIDDEN_ARGUMENTS = {"shell=True", "verify=False", "verify_ssl=False", "ssl=False", "check_hostname=False"}

EXCUSED: dict[tuple[str, str], str] = {
    # ("room.module", "what is refused"): "why it is right there",
}


def _called(node: ast.expr) -> str:
    """Give the last two words of what is called: `etree.parse` of `lxml.etree.parse(x)`."""
    if isinstance(node, ast.Attribute):
        before = node.value
        left = before.attr if isinstance(before, ast.Attribute) else before.id if isinstance(before, ast.Name) else ""
        return f"{left}.{node.attr}" if left else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _found(tree: ast.AST) -> Iterator[tuple[int, str, tuple[str, ...], str]]:
    """Give (line, what, homes, why) of everything in a file that has a rule."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for one in names:
            top = one.partition(".")[0]
            if top in FORBIDDEN_IMPORTS:
                yield getattr(node, "lineno", 0), f"import {top}", *FORBIDDEN_IMPORTS[top]
        if isinstance(node, ast.Call):
            called = _called(node.func)
            if called in FORBIDDEN_CALLS:
                yield node.lineno, f"{called}()", *FORBIDDEN_CALLS[called]
            for keyword in node.keywords:
                given = ast.unparse(keyword)
                if given in FORBIDDEN_ARGUMENTS:
                    yield node.lineno, given, (), "it switches a protection off"
        if isinstance(node, ast.Assert):
            yield node.lineno, "assert", ("testing",), "python -O removes it; raise InvariantBroken"


def code_faults(module: str, source: str) -> Iterator[str]:
    """Say what a file of the product does that it may not."""
    for line, what, homes, why in _found(ast.parse(source)):
        if not at_home(module, homes) and (module, what) not in EXCUSED:
            yield f"gateway/{module.replace('.', '/')}.py:{line} may not use {what}: {why}"


def test_the_product_does_nothing_forbidden() -> None:
    found = [
        fault for path in python_files("gateway") for fault in code_faults(module_name(path), path.read_text("utf-8"))
    ]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("deployment", "import yaml\nyaml.safe_load(x)"),
        ("engine.run", "def f():\n    import pickle"),
        ("engine.run", "from subprocess import run"),
        ("mapping.compile", "exec(code)"),
        ("policy.compile", "eval(code)"),
        ("exchange.registry", "etree.fromstring(x)"),
        ("exchange.registry", "lxml.etree.parse(x)"),
        ("documents", "etree.parse(x)"),
        ("transport.http_sink", "ClientSession()"),
        ("transport.http_sink", "aiohttp.ClientSession()"),
        ("transport.egress", "session.get(url, ssl=False)"),
        ("cli.daily", "run(x, shell=True)"),
        ("pipeline", "assert x"),
        ("policy.levels", "import random"),
        ("exchange.registry", "from xml.etree import ElementTree"),
    ],
)
def test_forbidden_code_is_found(module: str, source: str) -> None:
    assert list(code_faults(module, source))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("document.xml_codec", "etree.fromstring(x, parser)"),
        ("transport.egress", "aiohttp.ClientSession()"),
        ("testing.contracts", "assert x"),
        ("testing.broker", "import subprocess"),
        ("mapping.compile", "from . import compile\ncompile(rules)\nself.evaluate(x)\nre.compile(x)"),
        ("transport.egress", "session.get(url, ssl=context, verify=True)"),
    ],
)
def test_allowed_code_passes(module: str, source: str) -> None:
    assert not list(code_faults(module, source))


# ---------------------------------------------------------------- any file

# Written in pieces, so that this file does not contain what it forbids.
_HOSTS = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("crates", "io"),
    ("deb", "debian", "org"),
    ("security", "debian", "org"),
    ("proxy", "golang", "org"),
)
_TEXT_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("|".join(re.escape(".".join(parts)) for parts in _HOSTS)), "names a package registry's host"),
    (
        re.compile(r"(?<![\w.])/(?:" + "|".join(("wo" + "rk", "ro" + "ot")) + ")/"),
        "names a folder of somebody's machine",
    ),
    (re.compile(r"\b(?:TO" + "DO|FIX" + r"ME)\b"), "puts work off: do it, or open an issue"),
    (re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE), "has a conflict mark"),
)
_BARE_NOQA = re.compile(r"# noqa(?!: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*\s+\S)")
_BARE_IGNORE = re.compile(r"# type: ignore(?!\[[a-z, -]+\]\s+# \S)")


def text_faults(text: str, *, is_python: bool) -> Iterator[tuple[int, str]]:
    """Say what is wrong with a text, each with its line."""
    rules = list(_TEXT_RULES)
    if is_python:
        rules.append((_BARE_NOQA, "has a noqa without code and reason (# noqa: S310  why)"))
        rules.append((_BARE_IGNORE, "has a type: ignore without code and reason (# type: ignore[code]  # why)"))
    for pattern, what in rules:
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, what


def _text(path: Path) -> str | None:
    content = path.read_bytes()
    if b"\0" in content[:8192]:
        return None
    return content.decode("utf-8", "replace")


def test_no_file_says_what_it_must_not() -> None:
    found: list[str] = []
    for path in tracked():
        text = _text(path)
        if text is None or path == Path(__file__):
            continue
        found += [f"{name(path)}:{line} {what}" for line, what in text_faults(text, is_python=path.suffix == ".py")]
    assert not found, "\n" + "\n".join(found)


def test_this_file_names_no_registry() -> None:
    text = Path(__file__).read_text("utf-8")
    assert not _TEXT_RULES[0][0].search(text)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("index = https://files." + "python" + "hosted.org/x", 1),
        ("cd /wo" + "rk/main", 1),
        ("frame/wo" + "rk/plan", 0),
        ("# TO" + "DO later", 1),
        ("x = 1  # no" + "qa", 1),
        ("x = 1  # no" + "qa: S310", 1),
        ("x = 1  # no" + "qa: S310, S603  the broker of a test", 0),
        ("x = 1  # type: " + "ignore", 1),
        ("x = 1  # type: " + "ignore[arg-type]", 1),
        ("x = 1  # type: " + "ignore[arg-type]  # whatever the caller gave", 0),
        ("the text of a todo list", 0),
    ],
)
def test_a_bad_line_is_found(text: str, faults: int) -> None:
    assert len(list(text_faults(text, is_python=True))) == faults


# ---------------------------------------------------------------- tests


_SKIPS = {"pytest.skip", "pytest.xfail", "mark.skip", "mark.skipif", "mark.xfail"}


def skip_faults(source: str) -> Iterator[tuple[int, str]]:
    """Say which skips and expected failures of a test file have no reason."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = _called(node.func)
            explained = any(keyword.arg == "reason" for keyword in node.keywords)
            # A call inside a test may give its reason as the first argument, a mark may not.
            explained = explained or (called in {"pytest.skip", "pytest.xfail"} and bool(node.args))
            if called in _SKIPS and not explained:
                yield node.lineno, f"{called} without a reason"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                if _called(mark) in {"mark.skip", "mark.xfail"}:
                    yield mark.lineno, f"{_called(mark)} without a reason"


def test_every_skip_has_a_reason() -> None:
    found = [
        f"{name(path)}:{line} {what}"
        for path in python_files("tests", "bench")
        for line, what in skip_faults(path.read_text("utf-8"))
    ]
    assert not found, "\n" + "\n".join(found)


def test_a_skip_without_a_reason_is_found() -> None:
    bad = "pytest.skip()\n@pytest.mark.skip\ndef f(): ...\n@pytest.mark.skipif(x)\ndef g(): ...\n"
    bad += "@pytest.mark.xfail()\ndef h(): ..."
    assert sorted(line for line, _ in skip_faults(bad)) == [1, 2, 4, 6]
    assert not list(skip_faults("pytest.skip('why')\n@pytest.mark.skipif(x, reason='why')\ndef g(): ..."))
