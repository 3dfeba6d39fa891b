"""Sizes, as smoke alarms: when one rings, look. A thought that is whole may stay whole, with its reason here.

Files: around 120 lines, look at 350 (`make map` lists them), explain 450. Functions: around 9, look at 40, explain 60,
docstring included.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tracked import name, python_files

FILE_LIMIT = 450
FUNCTION_LIMIT = 60

LONG_FILES: dict[str, str] = {
    # "gateway/room/file.py": "why this is one thought",
    "gateway/testing/contracts.py": "two contract suites that share their rigs, one promise after the other",
}
LONG_FUNCTIONS: dict[str, str] = {
    # "gateway/room/file.py:Class.function": "why this is one thought",
}


def long_files(sizes: dict[str, int], excused: dict[str, str]) -> Iterator[str]:
    """Say which files are too long without a reason, and which reasons are no longer needed."""
    for file, lines in sorted(sizes.items()):
        if lines > FILE_LIMIT and file not in excused:
            yield f"{file} has {lines} lines: split it by thought, or say in LONG_FILES why it is one"
    for file in sorted(excused):
        if sizes.get(file, 0) <= FILE_LIMIT:
            yield f"{file} is not long (any more): remove it from LONG_FILES"


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, int, int]]:
    """Give every function with its dotted name, first line and number of lines, the nested ones, too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        else:
            yield from functions(node, prefix)


def long_functions(found: dict[str, tuple[int, int]], excused: dict[str, str]) -> Iterator[str]:
    """Say which functions are too long without a reason, and which reasons are no longer needed."""
    for key, (line, lines) in sorted(found.items()):
        if lines > FUNCTION_LIMIT and key not in excused:
            file, _, function = key.partition(":")
            yield f"{file}:{line} {function} has {lines} lines: split it, or say in LONG_FUNCTIONS why it is one"
    for key in sorted(excused):
        if found.get(key, (0, 0))[1] <= FUNCTION_LIMIT:
            yield f"{key} is not long (any more): remove it from LONG_FUNCTIONS"


def _count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_files_are_one_thought_each() -> None:
    sizes = {name(path): _count(path) for path in python_files("gateway", "bench", "deploy")}
    found = list(long_files(sizes, LONG_FILES))
    assert not found, "\n" + "\n".join(found)


def test_functions_fit_on_a_page() -> None:
    measured = {
        f"{name(path)}:{function}": (line, lines)
        for path in python_files("gateway", "bench", "deploy")
        for function, line, lines in functions(ast.parse(path.read_text("utf-8")))
    }
    found = list(long_functions(measured, LONG_FUNCTIONS))
    assert not found, "\n" + "\n".join(found)


def test_an_alarm_rings() -> None:
    assert list(long_files({"a.py": 451, "b.py": 450}, {})) == [
        "a.py has 451 lines: split it by thought, or say in LONG_FILES why it is one"
    ]
    assert list(long_files({"a.py": 451}, {"a.py": "one table"})) == []
    assert "not long" in "".join(long_files({"a.py": 10}, {"a.py": "one table", "gone.py": "one table"}))
    source = "class A:\n    async def f(self):\n        if 1:\n            def g():\n" + "                x = 1\n" * 70
    found = {f"a.py:{function}": (line, lines) for function, line, lines in functions(ast.parse(source))}
    assert found == {"a.py:A.f": (2, 73), "a.py:A.f.g": (4, 71)}
    assert len(list(long_functions(found, {}))) == 2
    assert list(long_functions(found, {"a.py:A.f": "x", "a.py:A.f.g": "y"})) == []
    assert "not long" in "".join(long_functions({}, {"a.py:A.f": "x"}))
