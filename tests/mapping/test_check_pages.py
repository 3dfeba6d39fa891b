"""Every code that the checker can raise has a page, and a test that triggers it or a reason why it cannot be here."""

import re
from pathlib import Path

import pytest

from tests.mapping.example_files import REPOSITORY

CHECKER = ("check/*.py", "shapes/*.py")
CODE = re.compile(r'"([A-VX-Z][0-9]{3})"')


def codes() -> list[str]:
    room = REPOSITORY / "gateway" / "mapping"
    files = {path for pattern in CHECKER for path in room.glob(pattern)}
    return sorted({code for path in files for code in CODE.findall(path.read_text())})


@pytest.mark.parametrize("code", codes())
def test_every_code_of_the_checker_has_a_page(code: str) -> None:
    page = (REPOSITORY / "docs" / "codes" / f"{code[0]}.md").read_text()
    found = re.search(rf"^## {code} .+?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert all(f"\n{label}: " in found.group() for label in ("Cause", "Example", "Fix"))


@pytest.mark.parametrize("code", codes())
def test_every_code_of_the_checker_is_triggered_by_a_test(code: str) -> None:
    folder = Path(__file__).parent
    texts = [path.read_text() for path in folder.glob("test_*.py") if path.name != Path(__file__).name]
    texts.append((folder / "examples" / "mistakes.json").read_text())
    assert any(f'"{code}"' in text or f'"{code} ' in text for text in texts)
