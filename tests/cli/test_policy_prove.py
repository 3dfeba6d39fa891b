"""`gateway policy prove`: words first, three exit codes, a proof sheet as a page, and counterexamples as tests."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Gateway

pytestmark = pytest.mark.slow

LINE = "    level: pseudonym\n    about: [victim, child]\n"


@pytest.fixture
def slipped(fresh: Path, tmp_path: Path) -> Path:
    """A deployment whose policy gives names of victims in full, and no longer limits them."""
    folder = tmp_path / "gateway"
    shutil.copytree(fresh, folder)
    policy = folder / "policies" / "demo.policy.yaml"
    text = policy.read_text(encoding="utf-8")
    assert text.count(LINE) == 1
    assert text.count("    about: [victim, witness]\n\n") == 1
    text = text.replace(LINE, LINE.replace("    level: pseudonym\n", ""))
    policy.write_text(text.replace("    about: [victim, witness]\n\n", "    about: [witness]\n\n"), encoding="utf-8")
    return folder


def test_every_promise_of_the_demo_holds_by_both_provers(fresh: Path, gateway: Gateway, tmp_path: Path) -> None:
    said = gateway("policy", "prove", "--second", "--html", tmp_path / "pages", cwd=fresh)
    assert said.code == 0
    assert said.out.startswith("P1 holds in all ")
    assert "hold, 0 fail, 0 could not be decided." in said.out
    assert "What no proof can say:" in said.out
    page = (tmp_path / "pages" / "proof.html").read_text(encoding="utf-8")
    assert "two provers that share no code" in page


def test_a_broken_promise_is_shown_kept_as_a_test_and_found_again(slipped: Path, gateway: Gateway) -> None:
    tests = slipped / "policies" / "demo.tests.yaml"
    said = gateway("policy", "prove", "--json", "--draft-tests", tests, cwd=slipped)
    assert said.code == 1
    broken = {one["id"]: one for one in said.document["promises"] if one["outcome"] == "violated"}
    assert [*broken] == ["P4"]
    smallest = broken["P4"]["smallest"]
    assert (smallest["case"]["about"], smallest["case"]["with"], smallest["level"]) == (["victim"], "qn-police", "full")
    assert (smallest["witness"], smallest["why"][0]["rule"]) == ("sent", "S8")
    assert smallest["near"][0]["limit"]["rule"] == "L6"
    assert said.document["draft_tests"] == ["P4-counterexample-1"]
    failed = gateway("policy", "test", "--json", cwd=slipped)
    assert failed.code == 1
    assert "P4-counterexample-1" in [one["id"] for one in failed.document["cases"] if not one["passed"]]
    checked = gateway("policy", "check", "--json", cwd=slipped)
    assert checked.code == 1
    assert "POL-062" in [fault["code"] for fault in checked.document["faults"]]


def test_without_time_the_exit_code_is_never_a_pass(fresh: Path, gateway: Gateway) -> None:
    said = gateway("policy", "prove", "--seconds", "0", cwd=fresh)
    assert said.code == 2
    assert said.out.startswith("P1 COULD NOT BE DECIDED: the time for this proof was spent.")


def test_tests_that_cannot_be_added_to_are_left_as_they_are(slipped: Path, gateway: Gateway) -> None:
    odd = slipped / "odd.tests.yaml"
    odd.write_text("cases: [{id: a}]\n", encoding="utf-8")
    said = gateway("policy", "prove", "--draft-tests", odd, cwd=slipped)
    assert (said.code, "POL-064" in said.err) == (2, True)
    assert odd.read_text(encoding="utf-8") == "cases: [{id: a}]\n"
