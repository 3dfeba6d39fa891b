"""Every command of `gateway`: one JSON document on stdout with `--json`, words without, and its exit codes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SENT, Deployed, Gateway

pytestmark = pytest.mark.slow

Words = tuple[str, ...]
Check = Callable[[Any], bool]

COMMANDS: dict[str, tuple[Words, int, Check]] = {
    "check": (("check",), 0, lambda said: said["good"] and said["policy"]["failed"] == 0),
    "doctor": (("doctor",), 0, lambda said: said["bad"] == 0 and len(said["checks"]) > 8),
    "explain": (("explain", "DOC-010"), 0, lambda said: said["page"].startswith("## DOC-010")),
    "mapping check": (("mapping", "check"), 0, lambda said: all(each["good"] for each in said["mappings"])),
    "mapping check one": (
        ("mapping", "check", "mappings/qm-fiu/report.map.yaml"),
        0,
        lambda said: [each["mapping"] for each in said["mappings"]] == ["mappings/qm-fiu/report.map.yaml"],
    ),
    "mapping check as sarif": (
        ("mapping", "check", "--sarif", "-"),
        0,
        lambda said: said["version"] == "2.1.0" and said["runs"][0]["tool"]["driver"]["name"] == "gateway",
    ),
    "mapping check into no folder": (
        ("mapping", "check", "--sarif", "nowhere/check.sarif"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-095",
    ),
    "mapping test": (
        ("mapping", "test", "mappings/qm-border/watchlist.map.yaml"),
        0,
        lambda said: said["mappings"][0]["passed"] > 0 and said["mappings"][0]["failed"] == 0,
    ),
    "mapping diff": (
        ("mapping", "diff", "mappings/qm-border/watchlist.map.yaml", "mappings/qm-border/watchlist.map.yaml"),
        0,
        lambda said: said["good"] and said["differences"] == [] and said["cases"] > 2,
    ),
    "mapping impact": (
        ("mapping", "impact", "--new-schema", "schemas/qm-police/notice-2.xsd"),
        0,
        lambda said: [each["mapping"] for each in said["mappings"]] == ["mappings/qm-police/notice.map.yaml"],
    ),
    "mapping reverse": (
        ("mapping", "reverse", "mappings/qm-border/watchlist.map.yaml"),
        0,
        lambda said: said["counts"]["exact"] > 10 and said["written"] == [],
    ),
    "mapping impact of a schema nobody uses": (
        ("mapping", "impact", "--new-schema", "plan.yaml"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-072",
    ),
    "mapping test with mutants": (
        ("mapping", "test", "mappings/qm-cyber/bundle.map.yaml", "--mutants"),
        0,
        lambda said: said["mappings"][0]["mutants"]["good"] and said["mappings"][0]["mutants"]["survivors"][0]["line"],
    ),
    "policy check": (("policy", "check"), 0, lambda said: said["tests"]["failed"] == 0 and said["rules"] > 20),
    "policy test": (("policy", "test"), 0, lambda said: said["failed"] == 0 and len(said["cases"]) == said["passed"]),
    "policy render": (
        ("policy", "render", "--lang", "de"),
        0,
        lambda said: said["language"] == "de" and said["chapters"][1]["statements"][0]["id"] == "B1",
    ),
    "policy matrix": (
        ("policy", "matrix", "--for", "trafficking", "--role", "victim"),
        0,
        lambda said: len(said["pages"]) == 1 and said["pages"][0]["rows"][0]["cells"].keys() > {"qs-bureau"},
    ),
    "policy matrix of no purpose": (
        ("policy", "matrix", "--for", "traficking"),
        2,
        lambda said: said["error"][0]["fix"] == "did you mean `trafficking`?",
    ),
    "policy sheet": (
        ("policy", "sheet", "--partner", "qs-bureau"),
        0,
        lambda said: said["combinations"] > 0 and len(said["words"]) == len(said["sentences"]),
    ),
    "policy sheet of nobody": (("policy", "sheet"), 2, lambda said: said["error"][0]["code"] == "POL-072"),
    "policy labels": (
        ("policy", "labels"),
        0,
        lambda said: "persons[].roles[]" in {row["target"] for row in said["labels"]},
    ),
    "policy explain a case": (
        (
            "policy",
            "explain",
            "--field",
            "person.names.full",
            "--about",
            "victim",
            "--for",
            "border",
            "-p",
            "qs-bureau",
        ),
        0,
        lambda said: said["items"][0]["level"] == "redact" and said["items"][0]["explanation"]["near"],
    ),
    "policy explain a file": (
        ("policy", "explain", "schemas/exchange/v1/examples/person-notice.json", "--partner", "qs-bureau"),
        0,
        lambda said: {item["level"] for item in said["items"]} >= {"redact", "pseudonym", "year", "full"},
    ),
    "policy explain what is no word": (
        ("policy", "explain", "--field", "person.names.full", "--about", "victm", "--for", "border", "-p", "qs-bureau"),
        2,
        lambda said: said["error"][0]["code"] == "POL-004",
    ),
    "policy explain nothing": (
        ("policy", "explain", "--partner", "qs-bureau"),
        2,
        lambda said: said["error"][0]["code"] == "POL-072",
    ),
    "policy diff": (
        ("policy", "diff", "gateway.yaml"),
        0,
        lambda said: said["verdict"]["direction"] == "unchanged" and said["disclosed"]["combinations"] == 0,
    ),
    "policy diff with nothing": (
        ("policy", "diff", "nowhere"),
        2,
        lambda said: said["error"][0]["code"] == "POL-074",
    ),
    "policy render in no language": (
        ("policy", "render", "--lang", "xx"),
        2,
        lambda said: said["error"][0]["code"] == "POL-043",
    ),
    "policy catalogue": (("policy", "catalogue", "--check"), 0, lambda said: said["current"]),
    "policy replay": (
        ("policy", "replay", "policies/demo.policy.yaml", "--since", "1d"),
        0,
        lambda said: said["decisions"] > 0 and said["decisions_without_facts"] == 0 and said["items"] > 100,
    ),
    "policy replay of no days": (
        ("policy", "replay", "policies/demo.policy.yaml", "--since", "long"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-061",
    ),
    "policy replay of nothing": (
        ("policy", "replay", "x.policy.yaml"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-001",
    ),
    "message list": (("message", "list"), 0, lambda said: len(said["messages"]) >= len(SENT)),
    "message list of a state": (
        ("message", "list", "--state", "refused"),
        0,
        lambda said: {each["state"] for each in said["messages"]} == {"refused"},
    ),
    "message list of an agency": (
        ("message", "list", "--agency", "qm-customs", "--limit", "2"),
        0,
        lambda said: [each["agency"] for each in said["messages"]] == ["qm-customs"] * 2,
    ),
    "quarantine list": (("quarantine", "list"), 0, lambda said: len(said["quarantine"]) == 1),
    "ledger verify": (("ledger", "verify"), 0, lambda said: said["verified"] and said["entries"] > 20),
    "try": (
        ("try", "samples/qm-police/01-wanted.xml", "--agency", "qm-police", "--partner", "qs-bureau"),
        0,
        lambda said: said["outcome"] == "accepted" and list(said["disclosed"]) == ["qs-bureau"] and said["why"],
    ),
    "try with lineage": (
        ("try", "samples/qm-police/01-wanted.xml", "--agency", "qm-police", "--partner", "eu-centre", "--lineage"),
        0,
        lambda said: (
            all(leaf["how"] for leaf in said["lineage"][0]["leaves"]) and said["lineage"][0]["copies"]["eu-centre"]
        ),
    ),
    "lineage of an unknown message": (
        ("message", "lineage", "nobody"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-043",
    ),
    "try what is refused": (
        ("try", "samples/qm-police/12-doctype.xml", "--agency", "qm-police"),
        1,
        lambda said: said["outcome"] == "refused" and said["refused"]["count"] == 1,
    ),
    "try what is quarantined": (
        ("try", "samples/qm-police/11-unknown-offence.xml", "--agency", "qm-police"),
        1,
        lambda said: said["quarantined"]["reasons"] == {"R111": 1} and not any(said["disclosed"].values()),
    ),
    "try an unknown agency": (
        ("try", "samples/qm-police/01-wanted.xml", "--agency", "xx-nobody"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-048",
    ),
    "try an unknown partner": (
        ("try", "samples/qm-police/01-wanted.xml", "--agency", "qm-police", "--partner", "xx-nobody"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-048",
    ),
    "an unknown code": (("explain", "XYZ-999"), 2, lambda said: said["error"][0]["code"] == "CFG-031"),
    "an unknown mapping": (("mapping", "check", "x.yaml"), 2, lambda said: said["error"][0]["code"] == "CFG-049"),
    "an unknown mapping to test": (("mapping", "test", "x"), 2, lambda said: said["error"][0]["code"] == "CFG-049"),
    "an unknown state": (("message", "list", "--state", "lost"), 2, lambda said: said["error"][0]["code"] == "CFG-041"),
    "an unknown message": (("message", "show", "nobody"), 2, lambda said: said["error"][0]["code"] == "CFG-043"),
    "why of an unknown message": (
        ("message", "why", "nobody", "--partner", "qs-bureau"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-043",
    ),
    "an item not in quarantine": (
        ("quarantine", "show", "nobody"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-044",
    ),
    "an unknown lane": (
        ("send", "plan.yaml", "--agency", "qm-police", "--lane", "fast"),
        2,
        lambda said: said["error"][0]["code"] == "CFG-045",
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_with_json_there_is_one_document_and_the_exit_code_stated(
    name: str, gateway: Gateway, deployed: Deployed
) -> None:
    words, code, holds = COMMANDS[name]
    said = gateway(*words, "--json", cwd=deployed.folder)
    assert (said.code, said.err) == (code, ""), said.err
    assert holds(said.document)


@pytest.mark.parametrize("name", COMMANDS)
def test_without_json_there_are_words_and_the_same_exit_code(name: str, gateway: Gateway, deployed: Deployed) -> None:
    words, code, _ = COMMANDS[name]
    said = gateway(*words, cwd=deployed.folder)
    assert said.code == code
    assert bool(said.out) == (code != 2), "results go to stdout"
    assert bool(said.err) == (code == 2), "what kept the command from running goes to stderr"
    assert "\x1b[" not in said.out + said.err


# ---------------------------------------------------------------- one message, one item


def test_message_lineage_walks_again_and_says_for_every_leaf_where_it_came_from(
    gateway: Gateway, deployed: Deployed
) -> None:
    said = gateway("message", "lineage", deployed.ids["good"], "--json", cwd=deployed.folder)
    assert said.code == 0, said.err
    leaves = {leaf["target"]: leaf for leaf in said.document["leaves"]}
    assert leaves["header.reference"]["sources"] == ["4 /Notice/Header/MsgRef"]
    assert said.document["mapping"] == "qm-police.notice2"
    shown = gateway("message", "show", deployed.ids["good"], "--json", cwd=deployed.folder).document
    assert shown["mapping"] == said.document["digest"]
    said = gateway("message", "lineage", deployed.ids["good"], "--partner", "eu-centre", cwd=deployed.folder)
    assert said.code == 0, said.err
    (kind,) = [line for line in said.out.splitlines() if line.startswith("Envelope/Kind <- ")]
    assert " <- header.kind (keep) <- 18 /Notice/Type (rule mappings/qm-police/notice.map.yaml:" in kind


def test_lineage_is_refused_where_another_mapping_or_plan_is_loaded(
    gateway: Gateway, deployed: Deployed, tmp_path: Path
) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(deployed.folder, folder)
    file = folder / "mappings/qm-police/notice.map.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    said = gateway("message", "lineage", deployed.ids["good"], "--json", cwd=folder)
    assert (said.code, said.document["error"][0]["code"]) == (2, "CFG-081")
    said = gateway("message", "lineage", deployed.ids["folder"], "--partner", "eu-centre", "--json", cwd=folder)
    assert (said.code, said.document["error"][0]["code"]) == (2, "CFG-082")


def test_what_was_refused_has_no_lineage(gateway: Gateway, deployed: Deployed) -> None:
    said = gateway("message", "lineage", deployed.ids["refused"], "--json", cwd=deployed.folder)
    assert (said.code, said.document["error"][0]["code"]) == (2, "CFG-080")


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("key", SENT)
def test_message_show(key: str, as_json: bool, gateway: Gateway, deployed: Deployed) -> None:
    said = gateway("message", "show", deployed.ids[key], *(["--json"] if as_json else []), cwd=deployed.folder)
    assert said.code == 0
    if as_json:
        document = said.document
        assert document["message"] == deployed.ids[key]
        partners = {item["partner"] for item in document["items"]}
        assert partners == ({"-"} if key in {"refused", "quarantined"} else set(PARTNERS))
        assert document["receipts"]
        assert bool(document["faults"]) == (key in {"refused", "quarantined"})
    else:
        assert deployed.ids[key] in said.out


PARTNERS = ("qn-police", "eu-centre", "qs-bureau", "world-office")


@pytest.mark.parametrize("partner", PARTNERS)
def test_message_why(partner: str, gateway: Gateway, deployed: Deployed) -> None:
    words = ("message", "why", deployed.ids["good"], "--partner", partner)
    document = gateway(*words, "--json", cwd=deployed.folder).document
    (item,) = document["items"]
    outcome = item["decision"]["outcome"]
    assert outcome == ("withheld" if partner == "world-office" else "send")
    fates = {leaf["fate"] for leaf in item["decision"]["items"]}
    assert "withheld" in fates
    assert ("sent" in fates) == (outcome == "send")
    said = gateway(*words, cwd=deployed.folder)
    assert said.code == 0
    assert partner in said.out
    assert "  why   no share covers it" in said.out


def test_policy_explain_decides_a_stored_message_again(gateway: Gateway, deployed: Deployed) -> None:
    words = ("policy", "explain", deployed.ids["good"], "--partner", "qs-bureau")
    items = gateway(*words, "--json", cwd=deployed.folder).document["items"]
    assert items
    assert all(item["level"] == item["was"] for item in items if item["was"] != "redact")
    assert "  near  " in gateway(*words, cwd=deployed.folder).out


def test_message_why_of_a_partner_without_a_decision(gateway: Gateway, deployed: Deployed) -> None:
    said = gateway("message", "why", deployed.ids["refused"], "-p", "qs-bureau", "--json", cwd=deployed.folder)
    assert (said.code, said.document["error"][0]["code"]) == (2, "CFG-042")


@pytest.mark.parametrize("as_json", [True, False])
def test_quarantine_show(as_json: bool, gateway: Gateway, deployed: Deployed) -> None:
    said = gateway("quarantine", "show", deployed.item, *(["--json"] if as_json else []), cwd=deployed.folder)
    assert said.code == 0
    assert "R111" in said.out
    if as_json:
        assert said.document["message"] == deployed.ids["quarantined"]
        assert said.document["faults"][0]["place"]["file"] == "mappings/qm-police/notice.map.yaml"


def test_pages_of_messages_follow_each_other(gateway: Gateway, deployed: Deployed) -> None:
    whole = gateway("message", "list", "--json", cwd=deployed.folder).document["messages"]
    found, before = [], 0
    while page := gateway("message", "list", "--limit", 2, "--before", before, "--json").document["messages"]:
        found += page
        before = page[-1]["cursor"]
    assert found == whole


# ---------------------------------------------------------------- init, send


def test_init_makes_a_deployment_that_checks(gateway: Gateway, tmp_path: Path) -> None:
    said = gateway("init", "mine", "--json", cwd=tmp_path)
    assert said.code == 0
    assert said.document["agencies"] == ["qm-border", "qm-customs", "qm-cyber", "qm-fiu", "qm-police"]
    assert gateway("policy", "test", "--json", cwd=tmp_path / "mine").code == 0
    again = gateway("init", "mine", "--json", cwd=tmp_path)
    assert (again.code, again.document["error"][0]["code"]) == (2, "CFG-032")


def test_init_says_what_to_do_next(gateway: Gateway, tmp_path: Path) -> None:
    said = gateway("init", cwd=tmp_path)
    assert said.code == 0
    assert "gateway check" in said.out
    assert (tmp_path / "gateway-deployment" / "gateway.yaml").exists()
    private = tmp_path / "gateway-deployment" / "var" / "keys" / "root.key"
    assert private.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("agency", "way"), [("qm-police", "folder"), ("qm-customs", "folder")])
def test_send_says_the_id_and_the_way(agency: str, way: str, gateway: Gateway, fresh: Path, tmp_path: Path) -> None:
    file = tmp_path / "notice.xml"
    file.write_bytes(b"<x/>")
    config = tmp_path / "gateway.yaml"
    config.write_bytes((fresh / "gateway.yaml").read_bytes())
    said = gateway("send", file, "--agency", agency, "--lane", "flash", "--config", config, "--json")
    assert said.code == 0
    assert said.document["via"] == way
    assert said.document["key"].startswith("sent-")
    dropped = [path for path in tmp_path.rglob("in/*") if not path.name.endswith(".meta.json")]
    assert [path.read_bytes() for path in dropped] == [b"<x/>"]
    assert dropped[0].parent.stat().st_mode & 0o007 == 0, "nobody else can read what waits"


def test_send_to_a_gateway_that_is_not_there(gateway: Gateway, deployed: Deployed) -> None:
    said = gateway("send", "plan.yaml", "--agency", "qm-border", "--json", cwd=deployed.folder)
    assert said.code == 2
    assert said.document["error"][0]["code"]


# ---------------------------------------------------------------- demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import json
    import subprocess
    import sys

    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path_factory.mktemp("demo"),
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_demo_prints_at_least_what_was_promised(demo: Any) -> None:
    promised = "published accepted refused quarantined delivered withheld_items receipts ledger seconds".split()
    assert set(promised) <= set(demo)
    assert set(demo["delivered"]) == set(demo["withheld_items"]) == set(PARTNERS)
    assert demo["ledger"]["verified"] is True
    assert demo["ledger"]["entries"] > 100
    assert demo["surprises"] == []


def test_the_counts_of_the_demo_add_up(demo: Any) -> None:
    for partner in PARTNERS:
        assert demo["delivered"][partner] + demo["withheld"][partner] == demo["accepted"]
        assert demo["stored_by_partner"][partner] == demo["delivered"][partner] > 0
        assert demo["withheld_items"][partner] > 0
    assert (
        demo["receipts"] == len(PARTNERS) * demo["accepted"] + demo["accepted"] + demo["refused"] + demo["quarantined"]
    )
    assert len(demo["quarantine"]) == demo["quarantined"]
