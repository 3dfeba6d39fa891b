"""The last look: what it finds in any format, what it lets pass, and that it shares nothing with what it checks."""

import ast
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.document.canonical import canonical
from gateway.document.tree import XmlElement
from gateway.document.xml_codec import write_xml
from gateway.errors import Fault
from gateway.names import PartnerId
from gateway.policy import guard as guard_module
from gateway.policy import guard_cases
from gateway.policy.guard import Guard
from tests.policy.given import circumstances, shipped
from tests.policy.given_messages import disclose, message, uid, with_header

FORBIDDEN = {"compile", "tables", "filter", "levels", "case", "statement", "explain"}


def look(
    payload: bytes, partner: str = "qn-police", media_type: str = "application/json", **more: Any
) -> tuple[Fault, ...]:
    given = message()
    guard = Guard(shipped("demo").decisions)
    return guard.look(given, PartnerId(partner), circumstances(given, partner), payload, media_type=media_type, **more)


def disclosed(partner: str = "qn-police") -> Any:
    found = disclose(message(), partner).message
    assert found is not None
    return found


def planted(value: object, where: str = "unit") -> Any:
    found = disclosed()
    header = found["header"]
    assert isinstance(header, dict)
    return {**found, "header": {**header, "originator": {**header["originator"], where: value}}}


def codes(faults: tuple[Fault, ...]) -> set[str]:
    return {fault.code for fault in faults}


# ---------------------------------------------------------------- what may pass


@pytest.mark.parametrize("partner", ["qn-police", "eu-centre", "qs-bureau"])
def test_what_the_filter_made_passes(partner: str) -> None:
    made = disclosed(partner)
    assert look(canonical(made), partner, disclosed=made) == ()


def test_an_empty_payload_says_nothing_and_passes() -> None:
    assert look(b"{}") == ()


def test_a_withheld_value_that_is_also_disclosed_elsewhere_passes() -> None:
    """The victim's region is the name of the place, which everybody may know."""
    given = message()
    given["persons"][0]["addresses"][0]["region"] = "Serious Crime"
    found = disclose(given, "qn-police").message
    assert found is not None
    guard = Guard(shipped("demo").decisions)
    assert (
        guard.look(given, PartnerId("qn-police"), circumstances(given, "qn-police"), canonical(found), disclosed=found)
        == ()
    )


def test_names_of_members_of_the_format_are_no_values() -> None:
    """A withheld spelling that happens to be part of the word "organisations" is not in the bytes."""
    given = message(organisations=[{"id": uid(50), "names": [{"full": "Tern and Plover"}]}])
    given["objects"][0]["status"] = {"code": "lost", "raw": "ANISAT"}
    found = disclose(given, "eu-centre")
    assert found.message is not None
    payload = canonical({**found.message, "organisations": []})
    guard = Guard(shipped("demo").decisions)
    assert guard.look(given, PartnerId("eu-centre"), circumstances(given, "eu-centre"), payload) == ()


def test_short_values_are_not_searched_for() -> None:
    assert look(json.dumps(planted("14 C")).encode()) == ()


def test_texts_that_the_format_writes_by_itself_pass() -> None:
    text = json.dumps({"report": "CANARY-SAMPLE"}).encode()
    assert codes(look(text)) == {"POL-101"}
    assert look(text, known=("canary sample",)) == ()


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    "value",
    [
        "14 Canary Row",
        "canary-row 14 canary row, 3rd floor",
        "14  CANARY  ROW",
        "1-4-c.a.n.a.r.y r/o/w",
        "xx14canaryrowxx",
        "+990 555 0100",
        "00990 5550100",
        "CANARY-SAMPLE",
        "2001-02-03",
        "03.02.2001",
        "20010203T000000",
        "canary-victimname-face.jpg",
        "CANARY-REFERENCE",
    ],
)
def test_a_withheld_value_is_found_however_it_is_written(value: str) -> None:
    assert codes(look(canonical(planted(value)))) == {"POL-101"}


def test_a_withheld_value_is_found_behind_escapes() -> None:
    """The bytes are read back, so that no escape of a format hides anything."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in "14 Canary Row")
    assert codes(look(f'{{"a": "{escaped}"}}'.encode())) == {"POL-101"}


def test_a_withheld_value_is_found_in_xml_and_in_rows() -> None:
    element = XmlElement("report", {"note": "phone +990 555 0100"}, (XmlElement("text", text="a & CANARY-SAMPLE"),))
    found = look(write_xml(element), media_type="application/xml")
    assert {fault.field for fault in found} == {"person.contacts.value", "person.biometrics.sample"}
    rows = "name;street\r\nsomebody;14 Canary Row\r\n".encode("cp1252")
    assert codes(look(rows, media_type="text/csv", encoding="cp1252")) == {"POL-101"}


def test_a_withheld_value_as_a_member_name_is_found() -> None:
    assert codes(look(json.dumps({"14 Canary Row": 1}).encode())) == {"POL-101"}


def test_a_withheld_value_inside_other_text_is_found() -> None:
    assert codes(look(canonical(planted("he lives at 14, Canary Row!")))) == {"POL-101"}


@pytest.mark.parametrize("number", [1, 20, 30, 31, 100])
def test_an_id_of_the_original_message_is_found(number: int) -> None:
    assert codes(look(canonical(planted(uid(number))))) == {"POL-101"}


def test_a_digest_of_a_withheld_attachment_is_found() -> None:
    assert codes(look(canonical(planted("sha256:" + "c" * 64)))) == {"POL-101"}


def test_bytes_that_cannot_be_read_back_do_not_leave() -> None:
    assert codes(look(b'{"a": "14 Canary')) == {"POL-103"}
    assert codes(look(b"<a>", media_type="application/xml")) == {"POL-103"}
    assert codes(look(b"\xff\xfe", media_type="text/csv")) == {"POL-103"}


def test_no_objection_holds_a_value() -> None:
    texts = " ".join(map(str, look(canonical(planted("14 Canary Row, CANARY-SAMPLE"))))).lower()
    assert texts
    assert "canary" not in texts


# ---------------------------------------------------------------- the disclosed message itself


def objections(changed: Any, partner: str = "qn-police") -> tuple[Fault, ...]:
    return look(b"{}", partner, disclosed=changed)


def test_a_value_from_another_field_is_refused() -> None:
    """Even a value that may leave as a street may not leave as the name of a unit."""
    assert [fault.field for fault in objections(planted("Teodor Brandvik"))] == ["header.originator.unit"]


def test_a_full_value_where_only_a_pseudonym_may_be_is_refused() -> None:
    made = disclosed("qs-bureau")
    made["persons"][0]["names"][0]["full"] = "Teodor Brandvik"
    assert [fault.field for fault in objections(made, "qs-bureau")] == ["person.names.full"]


def test_a_full_date_where_only_a_year_may_be_is_refused() -> None:
    made = disclosed("qs-bureau")
    made["persons"][0]["births"][0]["date"]["value"] = "1980-05"
    assert [fault.field for fault in objections(made, "qs-bureau")] == ["person.births.date.value"]


def test_a_member_that_the_format_does_not_have_is_refused() -> None:
    assert codes(objections({**disclosed(), "unheard_of": "x"})) == {"POL-102"}


def test_a_message_that_is_withheld_as_a_whole_does_not_leave_at_all() -> None:
    given = message()
    given["persons"][0]["statuses"] = ["protected"]
    guard = Guard(shipped("demo").decisions)
    found = guard.look(given, PartnerId("qn-police"), circumstances(given, "qn-police"), b"{}")
    assert codes(found) == {"POL-102"}


@pytest.mark.parametrize(
    ("status", "taken", "sent", "passes"),
    [
        ("live", "Actual", "Actual", True),
        ("test", "Actual", "Actual", False),
        ("stopped", "Actual", "Actual", False),
        ("test", "Exercise", "Exercise", True),
        ("live", "Exercise", "Test", False),
    ],
)
def test_a_partner_under_test_gets_nothing_real(status: str, taken: str, sent: str, passes: bool) -> None:
    decisions = shipped("demo").decisions
    entry = replace(decisions.partners[PartnerId("qn-police")], status=status, takes=frozenset({taken}) - {"Actual"})
    register = replace(decisions.register, partners={**decisions.partners, entry.id: entry})
    given = with_header(status=sent, **({"exercise": "GREY HERON 26"} if sent == "Exercise" else {}))
    found = Guard(replace(decisions, register=register)).look(given, entry.id, circumstances(given, entry.id), b"{}")
    assert codes(found) == (set() if passes else {"POL-102"})


def test_the_number_of_objections_is_bounded() -> None:
    assert len(look(canonical(message()), disclosed=message())) == 20


# ---------------------------------------------------------------- independence


@pytest.mark.parametrize("module", [guard_module, guard_cases])
def test_the_last_look_shares_no_module_with_what_it_checks(module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {f"gateway.policy.{name}" for name in FORBIDDEN} & imported
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import) and "gateway" in ast.dump(node)]


# ---------------------------------------------------------------- searching


@given(st.lists(st.text("abc1", min_size=6, max_size=9), unique=True, max_size=8), st.text("abc1", max_size=200))
def test_both_ways_of_searching_find_the_same(needles: list[str], hay: str) -> None:
    """Few needles are searched one by one, many in one pass."""
    wanted = dict.fromkeys(needles)
    one_by_one = guard_module._search(hay, wanted)  # type: ignore[arg-type]  # the values are not looked at
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard_module, "_FEW", -1)
        one_pass = guard_module._search(hay, wanted)  # type: ignore[arg-type]  # as above
    assert sorted(one_by_one) == sorted(one_pass) == sorted(needle for needle in needles if needle in hay)


@pytest.mark.slow
def test_a_large_message_is_searched_in_bounded_time() -> None:
    """Two thousand needles in two million characters: seconds, not minutes."""
    needles = {f"needle{n:06}": None for n in range(2_000)}
    hay = "abcdef" * 350_000 + "needle001999"
    assert guard_module._search(hay, needles) == ["needle001999"]  # type: ignore[arg-type]  # as above
