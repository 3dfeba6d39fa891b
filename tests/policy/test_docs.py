"""What the documents say about policies is what the program does."""

import re
from pathlib import Path

from gateway.policy import decide as definition
from gateway.policy.codes import CODES
from gateway.policy.language import BUILT_IN, GAPS, REGIMES
from tests.policy.given import SHIPPED

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPEC = (DOCS / "spec" / "policy.md").read_text()
GUIDE = (DOCS / "guide" / "data-protection-officer.md").read_text()
CODE_PAGES = (DOCS / "codes" / "POL.md").read_text()
THEOREMS = Path(__file__).resolve().parents[1] / "model" / "test_policy_theorems.py"


def test_the_definition_is_printed_verbatim() -> None:
    assert Path(definition.__file__).read_text().rstrip() in SPEC


def test_the_theorems_in_the_document_are_the_theorems_that_are_tested() -> None:
    tested = re.findall(r"^def (test_\w+)", THEOREMS.read_text(), re.MULTILINE)
    assert re.findall(r"^\| `(test_\w+)` \|", SPEC, re.MULTILINE) == tested


def test_every_code_has_its_page_and_no_page_is_about_nothing() -> None:
    assert re.findall(r"^## (POL-[0-9]{3}) (.*)$", CODE_PAGES, re.MULTILINE) == [*CODES.items()]
    for page in CODE_PAGES.split("\n## ")[1:]:
        assert {"Cause:", "Example:", "Fix:"} <= set(re.findall(r"^\w+:", page, re.MULTILINE)), page[:8]


def test_every_code_that_the_program_gives_is_in_the_list() -> None:
    rooms = ("policy", "cli/policy", "workers")
    sources = [path for room in rooms for path in (DOCS.parent / "gateway" / room).rglob("*.py")]
    given = {
        code for path in sources if path.name != "codes.py" for code in re.findall(r'"(POL-\d{3})"', path.read_text())
    }
    assert set(CODES) == given, "a code that nothing gives"


def test_rules_shown_in_the_guide_are_rules_of_the_shipped_policy() -> None:
    policy = (SHIPPED / "demo.policy.yaml").read_text()
    shown = [block for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if "law:" in block]
    assert len(shown) == 2
    assert all(block in policy for block in shown)


def test_every_word_of_the_language_is_in_the_specification() -> None:
    for word in (*GAPS, *BUILT_IN, "no-person", "only when", "unless", "except for", "silent: yes"):
        assert word in SPEC, word
    assert all(f"regime `{regime}`" in SPEC or regime != "none" for regime in REGIMES)
