"""Renewing a plan that runs: mappings change, what officers have signed does not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.app import build
from gateway.deployment import open_deployment
from gateway.deployment.renewal import Renewal
from gateway.errors import DefinitionRefused
from gateway.system import SystemClock
from tests.governance.test_running import lay_out

ROLES = "mappings/qm-police/codes/role.csv"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Renewal]]:
    folder = lay_out(tmp_path_factory.mktemp("renewal") / "d")
    gateway = build(open_deployment(folder / "gateway.yaml", embedded=True, tests=False))
    yield folder, Renewal(gateway.deployment, gateway.journal, SystemClock())
    gateway.journal.close()


def _edit(old: str, new: str) -> Callable[[bytes], bytes]:
    def edit(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return edit


def _longer(content: bytes) -> bytes:
    return content + b"# a remark\n"


@pytest.mark.parametrize(
    ("file", "edit", "code"),
    [
        ("policies/demo.policy.yaml", _longer, "CFG-091"),
        ("policies/partners.yaml", _longer, "CFG-091"),
        ("policies/demo.tests.yaml", _longer, "CFG-091"),
        ("policies/words.de.yaml", _longer, "CFG-091"),
        ("plan.yaml", _edit("home: QM", "home: QN"), "CFG-090"),
        (ROLES, lambda content: content + b"ZZ,contact,exact,\n", "CFG-092"),
    ],
)
def test_what_officers_have_signed_is_not_renewed(
    given: tuple[Path, Renewal], file: str, edit: Callable[[bytes], bytes], code: str
) -> None:
    folder, renewal = given
    path = folder / file
    before = path.read_bytes()
    path.write_bytes(edit(before))
    try:
        with pytest.raises(DefinitionRefused) as refused:
            renewal.load()
    finally:
        path.write_bytes(before)
    assert refused.value.code == code
