"""The gates before the filter, the tables behind it, and what happens when they are wrong."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import InvariantBroken
from gateway.names import FieldId, PartnerId
from gateway.policy import tables
from gateway.policy.case import Key, Permission
from gateway.policy.compile import MOST_TABLES, CompiledPolicy, compile_policy
from gateway.policy.decide import decide
from gateway.policy.disclosure import Outcome
from gateway.policy.language import GRANTS, INFORMATION, ORIGINS
from gateway.policy.statement import Finish
from gateway.policy.tables import Cell, Table
from tests.policy.given import SHIPPED, circumstances, compiled, edited, example, files, load, shipped
from tests.policy.given_messages import at, disclose, message, with_header

NEIGHBOUR = PartnerId("qn-police")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"taken_at": "2025-12-31T23:59:59.000Z"}, "policy-expired"),
        ({"taken_at": "2031-01-01T00:00:00.000Z"}, "policy-expired"),
        ({"restricted": True}, "nothing-left"),
        ({"home_country": "QR"}, "send"),
    ],
)
def test_time_and_state_decide_before_any_rule(changes: dict[str, Any], reason: str) -> None:
    found = disclose(message(), "qn-police", **changes)
    assert (found.reasons or ("send",)) == (reason,)


def test_an_agreement_that_has_ended_discloses_nothing() -> None:
    assert disclose(message(), "qs-bureau", taken_at="2029-12-31T23:59:59.000Z").outcome is Outcome.SEND
    found = disclose(message(), "qs-bureau", taken_at="2030-01-01T00:00:00.000Z")
    assert found.reasons == ("nothing-left",)
    assert "B1" in found.rules


def test_a_partner_under_test_gets_exercises_and_never_a_real_message() -> None:
    decisions = shipped("demo").decisions
    entry = replace(decisions.partners[NEIGHBOUR], status="test")
    register = replace(decisions.register, partners={**decisions.partners, NEIGHBOUR: entry})
    policy = compile_policy(replace(decisions, register=register))
    real, drill = message(), with_header(status="Exercise", exercise="GREY HERON 26")
    assert policy.disclose(real, NEIGHBOUR, circumstances(real, NEIGHBOUR)).reasons == ("status-not-taken",)
    assert policy.disclose(drill, NEIGHBOUR, circumstances(drill, NEIGHBOUR)).outcome is Outcome.SEND


@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft"])
def test_a_drill_goes_to_those_who_take_it_and_is_never_a_silent_drop(status: str) -> None:
    drill = with_header(status=status, **({"exercise": "GREY HERON 26"} if status == "Exercise" else {}))
    outcomes = {
        partner: disclose(drill, partner) for partner in ("qn-police", "eu-centre", "qs-bureau", "world-office")
    }
    assert outcomes["eu-centre"].reasons == ("status-not-taken",)
    taken = [partner for partner, found in outcomes.items() if found.outcome is Outcome.SEND]
    assert taken == (["qn-police"] if status == "Exercise" else [])
    if taken:
        header = at(outcomes["qn-police"].message, "header")
        assert (header["status"], header["exercise"]) == ("Exercise", "GREY HERON 26")


def test_without_a_purpose_nothing_is_sent() -> None:
    given = message()
    del given["header"]["purpose"]
    assert disclose(given, "qn-police").reasons == ("purpose-missing",)


def test_a_stopped_partner_gets_nothing() -> None:
    decisions = shipped("demo").decisions
    stopped = replace(decisions.partners[NEIGHBOUR], status="stopped")
    register = replace(decisions.register, partners={**decisions.partners, NEIGHBOUR: stopped})
    policy = compile_policy(replace(decisions, register=register))
    given = message()
    assert policy.disclose(given, NEIGHBOUR, circumstances(given, "qn-police")).reasons == ("partner-stopped",)


def test_an_unknown_partner_is_an_error() -> None:
    with pytest.raises(KeyError):
        disclose(message(), "nobody")


def test_a_protected_person_holds_back_the_whole_message() -> None:
    given = message()
    given["persons"][0]["statuses"] = ["protected"]
    found = disclose(given, "qn-police")
    assert (found.outcome, found.reasons, found.message) == (Outcome.WITHHELD, ("rule:L4",), None)
    assert found.withheld == ()


def test_nothing_of_a_message_that_does_not_leave_is_called_sent() -> None:
    """Also what was permitted by itself: whoever asks why must not read that it left."""
    given = message()
    given["persons"][0]["statuses"] = ["protected"]
    found = disclose(given, "qn-police")
    fates = {leaf.fate for leaf in found.account}
    assert fates == {"withheld", "left out"}
    assert found.withheld_items == sum(told.cell.decided for told in found.told)


def test_an_informant_holds_back_the_whole_message_unless_authorised() -> None:
    given = message()
    given["persons"][0]["roles"] = ["informant"]
    given["links"][0]["role"] = "informant"
    assert disclose(given, "qn-police").reasons == ("rule:B6",)


def test_conditions_in_words_hold_the_message_until_a_person_has_read_them() -> None:
    handling = {"classification": "OFFICIAL", "flags": ["H0"], "conditions": [{"kind": "other", "text": "Ask first."}]}
    assert disclose(with_header(handling=handling), "qn-police").reasons == ("rule:B4",)


def test_a_message_without_what_its_kind_requires_is_not_sent() -> None:
    """Everything about persons stays, but the car would leave: a notice about nobody is no notice."""
    given = message()
    given["persons"] = [{**given["persons"][0]}]
    given["links"] = [given["links"][0]]
    found = disclose(given, "qs-bureau")
    assert found.reasons == ("nothing-left",)


def test_a_notice_without_the_person_it_asks_to_act_on_is_not_sent() -> None:
    """ "Wanted, arrest" must not reach a partner with the victim as the only person in it."""
    given = message()
    given["persons"][1]["handling"] = {"flags": ["H2"]}
    given["header"]["handling"]["flags"] = ["H0", "H2"]
    given["persons"][0]["handling"] = {"flags": ["H0"]}
    given["links"] = given["links"][:1]
    for array in ("objects", "locations", "events", "links"):
        for entity in given[array]:
            entity["handling"] = {"flags": ["H0"]}
    assert disclose(given, "qn-police").reasons == ("subject-withheld",)


# ---------------------------------------------------------------- tables


def _cells(table: Table) -> list[Cell]:
    found: list[Cell] = []
    for member in table.members.values():
        found += _cells(member) if isinstance(member, Table) else [member]
    return found


@st.composite
def keys(draw: st.DrawFn, policy: CompiledPolicy) -> Key:
    words = policy.decisions.vocabulary
    roles = draw(st.sets(st.sampled_from([*words.roles, *words.statuses]), min_size=1, max_size=3))
    return Key(
        partner=draw(st.sampled_from(sorted(policy.decisions.register.partners))),
        purpose=draw(st.sampled_from(words.purposes)),
        roles=frozenset(roles) if draw(st.integers(0, 3)) else frozenset({"no-person"}),
        marks=frozenset(draw(st.sets(st.sampled_from(words.marks), min_size=1, max_size=2))),
        classification=draw(st.sampled_from(words.classifications[:4])),
        information=draw(st.sampled_from(INFORMATION)),
        origin=draw(st.sampled_from(ORIGINS)),
        usable="yes",
        grants=frozenset(
            Permission(kind, frozenset(draw(st.sets(st.sampled_from(["identity", "original", "case"]), max_size=2))))
            for kind in draw(st.sets(st.sampled_from(GRANTS), max_size=2))
        ),
    )


@pytest.mark.slow
@given(st.data())
@settings(max_examples=30)
def test_tables_and_definition_agree_on_every_field(data: st.DataObject) -> None:
    """Conditions, levels, and every field: nothing of the definition is lost on the way to the table."""
    policy = data.draw(st.sampled_from([compiled(), shipped("demo"), shipped("real")]))
    key = data.draw(keys(policy))
    member = data.draw(st.sampled_from(["header", "persons", "objects", "transactions", "narrative", "notice"]))
    for cell in _cells(policy.table(key, member)):
        decisions = policy.decisions
        case = key.case(cell.field.id, cell.field.data_class)
        level, conditions = decide(decisions.policy, decisions.catalogue, decisions.register, case)
        if cell.decided:
            assert (cell.level, set(cell.conditions)) == (level, conditions), cell.field.id
            assert (cell.transform is None) == (level <= 0)
        else:
            assert (cell.transform is not None) == (cell.field.ladder.name == "keep")


def test_a_table_that_differs_from_the_definition_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the fast engine: the reference notices before anything leaves."""
    policy = compile_policy(shipped("demo").decisions)
    monkeypatch.setattr(tables, "_fits", lambda decisions, share, key: True)
    given = message()
    with pytest.raises(InvariantBroken) as broken:
        policy.disclose(given, PartnerId("qs-bureau"), circumstances(given, "qs-bureau"))
    assert broken.value.code == "POL-090"


def test_partners_that_no_rule_tells_apart_share_tables() -> None:
    policy = compile_policy(example())
    key = Key(NEIGHBOUR, "terrorism", frozenset({"suspect"}), frozenset({"H0"}), "OFFICIAL", "fact", "ours", "yes")
    one = policy.table(key, "persons")
    assert policy.table(key._replace(partner=PartnerId("qo-police")), "persons") is one
    assert policy.table(key._replace(partner=PartnerId("qr-police")), "persons") is not one


def test_the_number_of_tables_is_bounded() -> None:
    policy = compile_policy(example())
    key = Key(NEIGHBOUR, "terrorism", frozenset({"suspect"}), frozenset({"H0"}), "OFFICIAL", "fact", "ours", "yes")
    first = policy.table(key, "indicators")
    policy._tables.update({(key, f"filler {n}"): first for n in range(MOST_TABLES + 5)})
    policy.table(key._replace(purpose="border"), "indicators")
    before = len(policy._tables)
    policy.table(key._replace(purpose="vetting"), "indicators")
    assert len(policy._tables) == before
    assert policy.table(key, "indicators") is not first, "the oldest went first"


def test_a_result_that_the_format_refuses_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    given = message()
    monkeypatch.setattr(Finish, "header", lambda self, built: {**built, "id": "no id"})
    with pytest.raises(InvariantBroken) as broken:
        shipped("demo").disclose(given, NEIGHBOUR, circumstances(given, "qn-police"))
    assert broken.value.code == "POL-091"


def test_the_digest_of_the_compiled_policy_is_that_of_its_set() -> None:
    assert compiled().digest == example().digest == load().digest
    assert compile_policy(load(edited("version: 4", "version: 5"))).digest != compiled().digest


def test_the_shipped_sets_are_beside_their_tests() -> None:
    names = {name.removesuffix(".policy.yaml") for name in files(SHIPPED) if name.endswith(".policy.yaml")}
    assert names == {"demo", "real"}
    assert all(f"{name}.tests.yaml" in files(SHIPPED) for name in names)


def test_a_field_has_one_cell_per_case() -> None:
    key = Key(NEIGHBOUR, "terrorism", frozenset({"suspect"}), frozenset({"H0"}), "OFFICIAL", "fact", "ours", "yes")
    found = [cell.field.id for cell in _cells(compiled().table(key, "persons"))]
    assert len(found) == len(set(found))
    assert FieldId("person.names.full") in found
