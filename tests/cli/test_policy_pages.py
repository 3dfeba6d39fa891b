"""Pages that commands write: they are there, and lead to each other; a folder that cannot be written is a fault."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Gateway

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("render", "--lang", "de"), "policy.de.html"),
        (("matrix", "--for", "terrorism", "--role", "suspect"), "matrix.en.html"),
        (("sheet", "--role", "victim"), "sheet.victim.en.html"),
        (("diff", "gateway.yaml"), "difference.en.html"),
        (("labels",), "labels.en.html"),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else "",
)
def test_pages_are_written_and_lead_to_each_other(
    words: tuple[str, ...], first: str, gateway: Gateway, fresh: Path, tmp_path: Path
) -> None:
    said = gateway("policy", *words, "--html", tmp_path / "pages", "--json", cwd=fresh)
    assert said.code == 0, said.err
    assert said.document["files"][0] == str(tmp_path / "pages" / first)
    for name in said.document["files"]:
        html = Path(name).read_text(encoding="utf-8")
        assert html.startswith("<!DOCTYPE html>\n<html lang=")
        for link in re.findall(r'href="([^"#]+)', html):
            assert (tmp_path / "pages" / link).is_file(), link


def test_a_folder_that_cannot_be_written_is_a_fault(gateway: Gateway, fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    said = gateway("policy", "render", "--html", tmp_path / "file", "--json", cwd=fresh)
    assert (said.code, said.document["error"][0]["code"]) == (2, "POL-071")


def test_a_folder_of_the_officers_files_is_compared(gateway: Gateway, fresh: Path, tmp_path: Path) -> None:
    """Moving a partner to another group discloses, though no line of the policy changed."""
    draft = tmp_path / "draft"
    draft.mkdir()
    for path in (fresh / "policies").iterdir():
        text = path.read_text(encoding="utf-8")
        changed = text.replace("regime: agreement", "regime: eu") if path.name == "partners.yaml" else text
        (draft / path.name).write_text(changed, encoding="utf-8")
    said = gateway("policy", "diff", fresh / "policies", draft, "--json", cwd=fresh)
    assert said.code == 1
    found = said.document
    assert found["verdict"]["direction"] == "wider"
    assert {cause["id"] for one in found["disclosed"]["sentences"] for cause in one["causes"]} == {"qs-bureau"}
    said = gateway("policy", "diff", fresh / "policies", draft, cwd=fresh)
    assert said.code == 1
    assert "regime: +eu -agreement" in said.out
