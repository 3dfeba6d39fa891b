"""The walls of the house, and tests that each kind of hole in them would be found."""

import ast
from pathlib import Path

import pytest

from tests.architecture import rooms


def said(module: str, source: str, *, is_package: bool = False) -> str:
    return "\n".join(rooms.faults(module, source, is_package=is_package))


@pytest.mark.parametrize("path", rooms.files(), ids=lambda path: rooms.module_name(path) or "front page")
def test_the_walls_hold(path: Path) -> None:
    source = path.read_text("utf-8")
    found = list(rooms.faults(rooms.module_name(path), source, is_package=path.name == "__init__.py"))
    assert not found, "\n" + "\n".join(found)


def test_every_room_stands_once() -> None:
    names = [room for row in rooms.ROOMS for room in row]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("mapping.apply", "from gateway.policy.decide import decide", "siblings"),
        ("policy.decide", "import gateway.custody.leaf as leaf", "siblings"),
        ("journal.sqlite", "from gateway.transport import amqp", "siblings"),
        ("document.tree", "from gateway.exchange import message", "stands below"),
        ("pipeline", "from gateway.engine import run", "stands below"),
        ("pipeline", "from gateway import engine", "stands below"),
        ("ports", "from gateway import *", "no room has this name"),
        ("mapping.apply", "def f():\n    from gateway.policy import decide", "gateway/mapping/apply.py:2"),
        ("mapping.apply", "if TYPE_CHECKING:\n    from gateway.policy import decide", "siblings"),
        ("mapping.apply", "from ..policy import decide", "siblings"),
        ("mapping.apply", "from .. import policy", "siblings"),
        ("mapping.deep.apply", "from ...policy.decide import decide", "siblings"),
        ("utils", "", "no room has this name"),
        ("helpers.text", "", "no room has this name"),
        ("engine.run", "from gateway.utils import x", "no room has this name"),
        ("engine.run", "from tests.shared import missing", "does not know its tests"),
        ("pipeline", "import asyncio", "pure"),
        ("pipeline", "def f():\n    import os.path", "pure"),
        ("policy.prove", "from concurrent.futures import ThreadPoolExecutor", "pure"),
        ("custody.leaf", "import logging", "pure"),
        ("engine.run", "import pika", "not a home of pika"),
        ("transport.folder", "import aiohttp", "not a home of aiohttp"),
        ("engine.run", "import apsw", "not a home of apsw"),
        ("deployment", "import yaml", "not a home of yaml"),
        ("document.json_codec", "import yaml", "not a home of yaml"),
        ("policy.levels", "from cryptography.hazmat.primitives import hashes", "not a home of cryptography"),
        ("mapping.apply", "from lxml import etree", "not a home of lxml"),
        ("documents", "from lxml import etree", "no room has this name"),
        ("pipeline", "from datetime import datetime\nx = datetime.now()", "may not call now()"),
        ("exchange.identity", "import uuid\nx = uuid.uuid4()", "may not call uuid4()"),
        ("exchange.identity", "from uuid import uuid4\nx = uuid4()", "may not call uuid4()"),
        ("policy.levels", "import datetime\nx = datetime.date.today()", "may not call today()"),
        ("exchange.registry", "def f(path):\n    return path.read_bytes()", "may not call read_bytes()"),
        ("document.tree", "def f(path):\n    return open(path)", "may not call open()"),
    ],
)
def test_a_hole_is_found(module: str, source: str, fault: str) -> None:
    assert fault in said(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("names", "from enum import Enum"),
        ("mapping.apply", "from gateway.mapping.language import Rule\nfrom . import steps\nfrom .steps import Step"),
        ("mapping.apply", "from ..exchange import message\nfrom gateway.document.tree import Tree"),
        ("pipeline", "from gateway.policy import decide\nfrom gateway import custody"),
        ("pipeline", "from datetime import datetime"),
        ("transport.amqp.link", "import pika\nimport asyncio\nfrom gateway import ports"),
        ("transport.http_sink", "import aiohttp"),
        ("transport.egress", "import aiohttp"),
        ("console.server", "from aiohttp import web"),
        ("journal.sqlite", "import apsw"),
        ("document.yaml_nodes", "import yaml"),
        ("document.xml_codec", "from lxml import etree"),
        ("exchange.registry", "from lxml import etree"),
        ("custody.checkpoint", "from cryptography.exceptions import InvalidSignature"),
        ("policy.levels", "import hmac"),
        ("cli.daily", "from gateway import __version__, app"),
        ("engine.run", "import time\nx = time.monotonic()"),
    ],
)
def test_a_door_is_open(module: str, source: str) -> None:
    assert said(module, source) == ""


def test_the_front_page_imports_nothing() -> None:
    assert "imports nothing" in said("", "from gateway import names", is_package=True)
    assert said("", "__version__ = '1'", is_package=True) == ""


def test_a_package_counts_its_dots_from_itself() -> None:
    tree = ast.parse("from . import a\nfrom .b import c\nfrom .. import policy")
    found = [item.name for item in rooms.imports(tree, "mapping", is_package=True)]
    assert found == ["gateway.mapping", "gateway.mapping.b", "gateway.policy"]


def test_a_file_has_the_name_it_is_imported_by() -> None:
    assert rooms.module_name(rooms.PACKAGE / "__init__.py") == ""
    assert rooms.module_name(rooms.PACKAGE / "document" / "__init__.py") == "document"
    assert rooms.module_name(rooms.PACKAGE / "document" / "tree.py") == "document.tree"


def test_the_map_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    rooms.show()
    printed = capsys.readouterr().out
    assert all(room in printed for room in rooms.FLOOR)
