"""Every module says what it is for, and where it says what it exports, it says exactly that."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import rooms
from tests.architecture.tracked import name


def _targets(node: ast.stmt) -> Iterator[str]:
    """Give the names that an assignment binds at the top of a module."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return
    for target in targets:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        yield from (part.id for part in parts if isinstance(part, ast.Name))


def bound(body: list[ast.stmt]) -> tuple[set[str], set[str]]:
    """Give the names that a module defines, and those that it imports, at its top."""
    defined: set[str] = set()
    imported: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.If | ast.Try):
            inner = [*node.body, *node.orelse, *(getattr(node, "finalbody", []))]
            for handler in getattr(node, "handlers", []):
                inner += handler.body
            more_defined, more_imported = bound(inner)
            defined |= more_defined
            imported |= more_imported
        else:
            defined |= set(_targets(node))
    return defined, imported


def exported(body: list[ast.stmt]) -> list[str] | None:
    """Give `__all__`, or None where a module has none."""
    for node in body:
        if "__all__" in _targets(node) and isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            return list(ast.literal_eval(node.value))
    return None


def faults(source: str, *, is_package: bool = False) -> Iterator[str]:
    """Say what is wrong with a module's docstring and exports."""
    tree = ast.parse(source)
    if not (ast.get_docstring(tree) or "").strip():
        yield "has no docstring: what is it for, what does it guarantee, what does it not do?"
    names = exported(tree.body)
    if names is None:
        return
    defined, imported = bound(tree.body)
    public = {one for one in defined if not one.startswith("_")}
    for one in sorted(set(names) - defined - imported):
        # A package may list its modules.
        if not is_package:
            yield f"exports {one} in __all__, which it does not have"
    for one in sorted(public - set(names)):
        yield f"defines {one}, which __all__ lacks: export it, or give it an underscore"
    for one in sorted({one for one in names if names.count(one) > 1}):
        yield f"exports {one} twice"


@pytest.mark.parametrize("path", rooms.files(), ids=lambda path: rooms.module_name(path) or "front page")
def test_a_module_says_what_it_is_for_and_what_it_exports(path: Path) -> None:
    found = list(faults(path.read_text("utf-8"), is_package=path.name == "__init__.py"))
    assert not found, "\n" + "\n".join(f"{name(path)} {fault}" for fault in found)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("x = 1", "no docstring"),
        ('"""  """', "no docstring"),
        ('"""Doc."""\n__all__ = ["a"]', "exports a in __all__, which it does not have"),
        ('"""Doc."""\n__all__ = ["a", "a"]\ndef a(): ...', "exports a twice"),
        ('"""Doc."""\n__all__ = []\ndef a(): ...', "defines a, which __all__ lacks"),
        ('"""Doc."""\n__all__ = []\nA = 1', "defines A, which __all__ lacks"),
        ('"""Doc."""\n__all__ = []\nA, B = 1, 2', "defines B, which __all__ lacks"),
        ('"""Doc."""\n__all__ = []\nif True:\n    class A: ...', "defines A, which __all__ lacks"),
    ],
)
def test_a_wrong_export_is_found(source: str, fault: str) -> None:
    assert fault in "\n".join(faults(source))


@pytest.mark.parametrize(
    "source",
    [
        '"""Doc."""\ndef a(): ...',
        '"""Doc."""\n__all__ = ["a"]\ndef a(): ...\ndef _b(): ...\nimport os',
        '"""Doc."""\n__all__ = ["path"]\nfrom os import path',
        '"""Doc."""\n__all__: list[str] = ["A"]\nA: int = 1',
    ],
)
def test_a_right_export_passes(source: str) -> None:
    assert not list(faults(source))
