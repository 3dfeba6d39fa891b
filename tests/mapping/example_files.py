"""The two complete examples of the language, with everything they need, and the exchange format beside them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gateway.errors import Fault
from gateway.exchange.format import ExchangeFormat, load_format
from gateway.mapping.check.mapping import CheckReport, check_mapping

FOLDER = Path(__file__).parent / "examples"
REPOSITORY = Path(__file__).parents[2]
POLICE = "mappings/xx-police/notice3.map.yaml"
BORDER = "mappings/yy-border/watchlist.map.yaml"
POLICE_SCHEMA = "schemas/xx-police/notice-3.xsd"
BORDER_SCHEMA = "schemas/yy-border/watchlist-1.schema.json"


@cache
def exchange() -> ExchangeFormat:
    folder = REPOSITORY / "schemas" / "exchange" / "v1"
    return load_format({p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()})


@cache
def _files() -> Mapping[str, bytes]:
    return {p.relative_to(FOLDER).as_posix(): p.read_bytes() for p in FOLDER.rglob("*") if p.is_file()}


def example_files() -> dict[str, bytes]:
    return dict(_files())


def edited(*edits: tuple[str, str, str]) -> dict[str, bytes]:
    """The example files with texts replaced: (file, old, new); the old text stands there exactly once."""
    files = example_files()
    for file, old, new in edits:
        text = files[file].decode()
        assert text.count(old) == 1, (file, old, text.count(old))
        files[file] = text.replace(old, new).encode()
    return files


def check(path: str, files: Mapping[str, bytes]) -> CheckReport:
    return check_mapping(path, files, exchange())


def marked(fault: Fault, files: Mapping[str, bytes]) -> str:
    """The text a fault points at."""
    line = files[fault.place.file].decode().split("\n")[fault.place.line - 1]
    return line[fault.place.column - 1 : max(fault.place.end_column, fault.place.column + 1) - 1]
