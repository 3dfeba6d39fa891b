"""The rooms of `gateway/` and what each may know. `make map` prints them; `test_rooms.py` holds them.

A room may import itself and the rooms in rows above its own. Rooms in one row never import each other. Rooms of the
upper half are pure: values in, values out; the world is asked by the lower half only. Standard library only, so that
the map can be printed before anything is installed.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "gateway"

PURE_ROWS: tuple[tuple[str, ...], ...] = (
    ("names",),
    ("errors",),
    ("document",),
    ("exchange",),
    ("mapping", "policy", "custody"),
    ("outcome",),
    ("plan",),
    ("governance",),
    ("pipeline",),
    ("ports",),
)
EFFECT_ROWS: tuple[tuple[str, ...], ...] = (
    ("system", "telemetry"),
    ("journal", "transport"),
    ("workers",),
    ("engine",),
    ("console",),
    ("testing",),
    ("deployment",),
    ("app",),
    ("editor",),
    ("cli",),
    ("__main__",),
)
ROOMS = PURE_ROWS + EFFECT_ROWS
FLOOR = {room: number for number, row in enumerate(ROOMS) for room in row}
PURE = frozenset(room for row in PURE_ROWS for room in row)

EFFECTS = frozenset(
    "aiohttp apsw asyncio concurrent fcntl http logging mmap multiprocessing os pika psycopg random resource sched "
    "secrets select selectors shutil signal socket socketserver sqlite3 ssl structlog subprocess tempfile threading "
    "time".split()
)
"""What a pure room may not import, also not inside a function."""

REFUSED_CALLS = frozenset("now utcnow today uuid1 uuid4 urandom getrandom perf_counter monotonic time_ns".split())
REFUSED_ON_DISK = frozenset("read_text read_bytes write_text write_bytes".split())
"""What a pure room may not call: it would ask the clock, chance or the disk."""

HOMES: dict[str, tuple[str, ...]] = {
    "pika": ("transport.amqp*",),
    "aiohttp": ("transport.http*", "transport.egress", "console", "testing"),
    "apsw": ("journal",),
    "psycopg": ("journal",),
    "yaml": ("document.yaml_nodes",),
    "oxidd": ("policy.prove.diagrams",),
    "lxml": ("document", "exchange.registry", "mapping.shapes"),
    "xmlschema": ("document", "exchange.registry", "mapping.shapes"),
    "lsprotocol": ("editor",),
    "pygls": ("editor",),
    "cryptography": ("custody", "system", "transport", "journal"),
    "securesystemslib": ("governance",),
}
"""Where a library may be imported. A star stands for the rest of a name."""


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One import of a file, as a full dotted name, with its line."""

    line: int
    name: str


def module_name(path: Path, package: Path = PACKAGE) -> str:
    """Give the dotted name below `gateway`: `document.tree`, `document` for its `__init__.py`, or nothing."""
    parts = list(path.relative_to(package).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def imports(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[Import]:
    """Give every import of a file, wherever it stands, relative ones made absolute."""
    here = ["gateway", *filter(None, module.split("."))]
    if not is_package:
        here.pop()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(here[: len(here) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, (start, node.module)))
            for alias in node.names:
                # "from gateway import policy" imports a room, not a name of the front page.
                yield Import(node.lineno, f"{source}.{alias.name}" if source == "gateway" else source)


def at_home(module: str, homes: tuple[str, ...]) -> bool:
    """True if a module is one of these, or lies inside one of these."""
    return any(
        module.startswith(home[:-1]) if home.endswith("*") else module == home or module.startswith(f"{home}.")
        for home in homes
    )


def import_faults(module: str, found: Import) -> Iterator[str]:
    """Say what is wrong with one import of a module."""
    room = module.partition(".")[0]
    top, _, rest = found.name.partition(".")
    other = rest.partition(".")[0]
    if top in {"tests", "bench"}:
        yield f"may not import {found.name}: the product does not know its tests"
    elif top == "gateway" and rest and other not in {room, "__version__"}:
        if other not in FLOOR:
            yield f"imports {found.name}: no room has this name"
        elif FLOOR[other] == FLOOR[room]:
            yield f"may not import {found.name}: '{room}' and '{other}' are siblings and meet only further down"
        elif FLOOR[other] > FLOOR[room]:
            yield f"may not import {found.name}: '{other}' stands below '{room}' in tests/architecture/rooms.py"
    elif room in PURE and top in EFFECTS:
        yield f"is in the pure room '{room}' and may not import {found.name}: take what it gives as an argument"
    elif top in HOMES and not at_home(module, HOMES[top]):
        yield f"is not a home of {top}; its homes are {', '.join(HOMES[top])}"


def call_faults(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Say which calls of a pure file ask the world, each with its line."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in REFUSED_CALLS | REFUSED_ON_DISK:
            yield node.lineno, f"is pure and may not call {called.attr}(): take the value as an argument"
        elif isinstance(called, ast.Name) and called.id in REFUSED_CALLS | {"open", "input", "print"}:
            yield node.lineno, f"is pure and may not call {called.id}(): take the value as an argument"


def faults(module: str, source: str, *, is_package: bool = False) -> Iterator[str]:
    """Say everything that is wrong with the walls of one file, as `gateway/file:line what`."""
    place = f"gateway/{module.replace('.', '/')}{'/__init__' if is_package else ''}.py"
    tree = ast.parse(source)
    found = sorted(set(imports(tree, module, is_package=is_package)))
    if module == "":
        yield from (
            f"gateway/__init__.py:{item.line} imports {item.name}: the front page imports nothing" for item in found
        )
        return
    room = module.partition(".")[0]
    if room not in FLOOR:
        yield f"{place}:1 stands in '{room}': no room has this name (tests/architecture/rooms.py)"
        return
    for item in found:
        yield from (f"{place}:{item.line} {fault}" for fault in import_faults(module, item))
    if room in PURE:
        yield from (f"{place}:{line} {fault}" for line, fault in call_faults(tree))


def files(package: Path = PACKAGE) -> list[Path]:
    """Give the Python files of the package in a stable order."""
    return sorted(package.rglob("*.py"))


def _room_files(room: str) -> list[Path]:
    single = PACKAGE / f"{room}.py"
    return [single] if single.is_file() else sorted((PACKAGE / room).rglob("*.py"))


def _purpose(room: str) -> str:
    """Give the first line of a room's docstring."""
    found = _room_files(room)
    front = next((path for path in found if path.name in {f"{room}.py", "__init__.py"}), None)
    if front is None:
        return "(empty)"
    return (ast.get_docstring(ast.parse(front.read_text("utf-8"))) or "").partition("\n")[0]


def show() -> None:
    """Print the map: every row, its rooms, their size, what they are for, and the files one should look at."""
    for title, rows in (("PURE: values in, values out", PURE_ROWS), ("EFFECTS: the world", EFFECT_ROWS)):
        print(f"\n{title}\n")
        for row in rows:
            for number, room in enumerate(row):
                found = _room_files(room)
                lines = sum(len(path.read_text("utf-8").splitlines()) for path in found)
                mark = "·" if number else " "
                print(f" {mark} {room:<11}{len(found):>3} files {lines:>6} lines   {_purpose(room)}"[:140])
    print()
    long = [(len(path.read_text("utf-8").splitlines()), path) for path in files()]
    for lines, path in sorted(long, reverse=True):
        if lines > 350:
            print(f"look at {path.relative_to(REPOSITORY)}: {lines} lines")
    print("A room may know the rows above it. A dot marks siblings, which never know each other.")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a text file here
    show()
