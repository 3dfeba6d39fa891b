from dataclasses import replace

import pytest

from gateway.errors import Severity
from gateway.names import PartnerId
from gateway.policy.language import UNKNOWN, UNMARKED
from gateway.policy.load import load_decision_set
from tests.exchange.given import exchange_format
from tests.policy.given import POLICY, REGISTER, VOCABULARY, edited, example, faults, files, load


def test_the_example_of_the_design_loads() -> None:
    decisions = example()
    policy = decisions.policy
    assert [rule.id for rule in policy.shares] == [f"S{n}" for n in range(1, 11)]
    assert [rule.id for rule in policy.limits] == [*(f"B{n}" for n in range(1, 7)), *(f"L{n}" for n in range(1, 7))]
    assert [rule.id for rule in policy.conditions] == ["C1"]
    assert [(promise.id, promise.form) for promise in policy.promises] == [
        ("P1", "never"),
        ("P2", "never"),
        ("P3", "never"),
        ("P4", "at most"),
        ("P5", "never"),
        ("P6", "always"),
        ("P7", "same"),
    ]
    assert len(decisions.partners) == 10
    assert all(warning.severity is Severity.WARNING for warning in decisions.warnings)


def test_every_rule_has_the_line_where_it_stands() -> None:
    lines = files()[POLICY].decode().splitlines()
    for rule in example().policy.rules:
        if not rule.built_in:
            assert f"id: {rule.id}" in lines[rule.place.line]


def test_a_word_left_out_places_no_restriction_but_a_share_must_name_what_is_unknown() -> None:
    policy = example().policy
    share = next(rule for rule in policy.shares if rule.id == "S7")
    limit = next(rule for rule in policy.limits if rule.id == "L1")
    assert UNMARKED not in share.marked
    assert UNMARKED in limit.marked
    assert UNKNOWN not in share.about
    assert "no-person" in share.about
    assert UNKNOWN in limit.about
    assert limit.partners == {*example().partners}


def test_everything_leaves_out_free_text_in_a_share_only() -> None:
    decisions = load(edited("share: [identity]\n    id: S1\n", "share: [everything]\n    id: S1\n"))
    share = decisions.policy.shares[0]
    limit = next(rule for rule in decisions.policy.limits if rule.id == "L2")
    free_text = {row.id for row in decisions.catalogue.fields.values() if row.free_text and row.decided}
    assert not share.fields & free_text
    assert free_text <= limit.fields
    assert limit.fields - free_text == share.fields


def test_layout_comments_and_order_do_not_change_the_digest_and_any_word_does() -> None:
    text = files()[POLICY].decode()
    start, middle, end = (
        text.index("  - share: [identity]\n    id: S1"),
        text.index("  - share: [documents"),
        text.index("  - share: [biometric]"),
    )
    swapped = text[:start] + text[middle:end] + text[start:middle] + text[end:]
    assert load({**files(), POLICY: swapped.encode()}).digest == example().digest
    assert load(edited("rules:\n", "\n\n# another comment\nrules:\n")).digest == example().digest
    assert load(edited("title: Who the suspect is", "title: Who a suspect is")).digest != example().digest
    assert load(edited("LED art. 4(1)(b)-(c), ", "")).digest != example().digest


def test_moving_a_partner_changes_the_digest_although_no_rule_changed() -> None:
    moved = edited("{id: qr-police, regime: adequate", "{id: qr-police, regime: agreement", REGISTER)
    assert load(moved).digest != example().digest


def test_a_word_that_is_a_boolean_elsewhere_stays_a_word() -> None:
    """An ordinary YAML loader makes `NO` false: a partner list that has lost Norway."""
    renamed = edited(
        "{id: qn-police, regime: eu, clearance: SECRET", "{id: no, regime: eu, clearance: SECRET", REGISTER
    )
    assert "no" in load(renamed).partners


TRAPS = {
    "a keyword of another kind of rule": (
        "    title: Who the suspect is",
        "    unless: [authorised in this case]\n    title: Who it is",
        "POL-001",
    ),
    "a missing law": ("    law: [LED art. 10]\n", "", "POL-002"),
    "a text where a list belongs": ("    with: [everyone]\n", "    with: everyone\n", "POL-003"),
    "an unknown class": ("  - share: [grading]", "  - share: [gradings]", "POL-004"),
    "an unknown role": ("    about: [missing, child]", "    about: [mising, child]", "POL-004"),
    "an unknown purpose": (
        "    for: [missing-person, threat-to-life]\n    classified",
        "    for: [lost]\n    classified",
        "POL-004",
    ),
    "an unknown grant": ("    only when: [an emergency is declared]", "    only when: [an emergency]", "POL-004"),
    "an unknown condition": ("    attach: [contact-before-action]", "    attach: [phone-first]", "POL-004"),
    "an empty list": ("    marked: [H1]\n", "    marked: []\n", "POL-005"),
    "a repeated entry": ("  - share: [vehicle, object]", "  - share: [vehicle, vehicle]", "POL-006"),
    "an id used twice": ("    id: S2\n", "    id: S1\n", "POL-007"),
    "a promise with the id of a rule": ("  - id: P1\n", "  - id: L1\n", "POL-007"),
    "an id that cannot be one": ("    id: S2\n", "    id: S 2\n", "POL-008"),
    "an id with letters that look alike": ("    id: S2\n", "    id: Ѕ2\n", "POL-008"),
    "the id of a built-in limit": ("    id: L1\n", "    id: B1\n", "POL-008"),
    "another version of the register": ("partners: partners-2026-11", "partners: partners-2026-10", "POL-011"),
    "another version of the language": ("language: disclosure-policy/1", "language: disclosure-policy/2", "POL-011"),
    "another version of the format": ("exchange: exchange/1.0", "exchange: exchange/1.1", "POL-011"),
    "a day that does not exist": ("from: 2026-12-01", "from: 2026-02-30", "POL-012"),
    "an end before the beginning": ("until: 2027-11-30", "until: 2026-11-30", "POL-012"),
    "a version that is no number": ("version: 4\n", "version: four\n", "POL-013"),
    "biometrics without a reason": (
        "    why: Strictly necessary to establish identity where documents are false.\n",
        "",
        "POL-014",
    ),
    "a field that travels with its entity": ("  - share: [grading]", "  - share: [person.roles]", "POL-015"),
    "a class of which nothing is decided": ("  - share: [grading]", "  - share: [role]", "POL-015"),
    "text in another normal form": ("    title: Who the suspect is", "    title: Cafe\u0301", "POL-016"),
    "two kinds of rule in one entry": (
        "  - limit: [intimate]",
        "  - share: [grading]\n    limit: [intimate]",
        "POL-017",
    ),
    "a condition without its words": ("      - use-only-for: biometric comparison", "      - use-only-for", "POL-019"),
    "a retention without a period": ("delete-after: 30 days without a match", "delete-after: soon", "POL-019"),
    "another default": ("default: withhold every field", "default: share every field", "POL-020"),
    "another sentence about gaps": ("by kind of data", "everything", "POL-020"),
    "a limit written like a share": ("    origin: [third party]", "    classified: up to SENSITIVE", "POL-022"),
    "a classification that does not exist": (
        "    classified: up to OFFICIAL",
        "    classified: up to PUBLIC",
        "POL-022",
    ),
    "a promise of two forms": ("  - id: P2\n    never", "  - id: P2\n    at most: pseudonym\n    never", "POL-024"),
    "a promise without a reason": (
        "    because: Origin, belief and health are not exchanged through this gateway.\n",
        "",
        "POL-002",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_in_the_policy_is_refused_at_its_place(trap: str) -> None:
    old, new, code = TRAPS[trap]
    found = faults(edited(old, new))
    assert {fault.code for fault in found} == {code}
    assert all(fault.place.file == POLICY and fault.place.line and fault.place.column for fault in found)


COMPANION_TRAPS = {
    "an unknown regime": (REGISTER, "regime: schengen", "regime: shengen", "POL-004"),
    "an unknown clearance": (REGISTER, "clearance: OFFICIAL", "clearance: PUBLIC", "POL-004"),
    "an unknown channel": (REGISTER, "carries: []", "carries: [letter]", "POL-004"),
    "a partner registered twice": (REGISTER, "id: qo-police", "id: qn-police", "POL-007"),
    "a partner named like a word": (REGISTER, "id: qt-ministry", "id: everyone", "POL-010"),
    "a partner with capitals": (REGISTER, "id: qt-ministry", "id: QT-ministry", "POL-008"),
    "a group named like a partner": (VOCABULARY, "  home:          [", "  qn-police:     [", "POL-010"),
    "a group named like a regime": (VOCABULARY, "  home:          [", "  domestic:      [", "POL-010"),
    "a group without members": (VOCABULARY, "[domestic]", "[]", "POL-005"),
    "a group with unknown members": (VOCABULARY, "[domestic]", "[domestics]", "POL-004"),
    "a condition that does not exist": (VOCABULARY, "  use-only-for: item", "  use-for: item", "POL-004"),
    "a condition carried by nothing": (VOCABULARY, "  use-only-for: item\n", "", "POL-019"),
}


@pytest.mark.parametrize("trap", COMPANION_TRAPS)
def test_a_trap_in_a_companion_is_refused(trap: str) -> None:
    file, old, new, code = COMPANION_TRAPS[trap]
    assert code in {fault.code for fault in faults(edited(old, new, file))}


YAML_TRAPS = {
    "an anchor": ("rules:\n", "rules: &all\n"),
    "an alias": ("owner: Data Protection Officer, National Police", "owner: *someone"),
    "a tag": ("version: 4\n", "version: !!int 4\n"),
    "a second document": ("rules:\n", "---\nrules:\n"),
    "a directive": ("policy: national-outgoing", "%YAML 1.1\n---\npolicy: national-outgoing"),
    "a merge key": ("version: 4\n", "version: 4\n<<: {a: b}\n"),
    "a tab": ("rules:\n", "rules:\t\n"),
    "a doubled key": ("version: 4\n", "version: 4\nversion: 5\n"),
    "a key without a value": ("owner: Data Protection Officer, National Police", "owner:"),
    "text that runs backwards": ("    title: Who the suspect is", "    title: Who \u202e the suspect is"),
    "an invisible character in a comment": ("# outside these days", "# out\u200eside these days"),
}


@pytest.mark.parametrize("trap", YAML_TRAPS)
def test_what_is_not_our_yaml_is_refused_by_the_reader(trap: str) -> None:
    found = faults(edited(*YAML_TRAPS[trap]))
    assert {fault.code[0] for fault in found} == {"Y"}


def test_the_nearest_words_are_suggested() -> None:
    (fault,) = faults(
        edited("    with: [eu-led]\n    for: [serious-crime, terrorism]", "    with: [eu-lde]\n    for: [terrorism]")
    )
    assert fault.fix == "did you mean `eu-led`?"
    assert (fault.place.line, fault.place.column) == (41, 12)


def test_all_faults_are_reported_at_once() -> None:
    given = edited("    id: S2\n", "    id: S1\n")
    given[POLICY] = given[POLICY].replace(b"title: Who the suspect is", b"titel: Who the suspect is")
    given[REGISTER] = given[REGISTER].replace(b"regime: schengen", b"regime: shengen")
    assert [fault.code for fault in faults(given)] == ["POL-002", "POL-001", "POL-007", "POL-004"]


def test_a_file_that_is_too_deep_or_has_too_many_entries_is_refused() -> None:
    deep = edited("valid: {from", "note: " + "[" * 12 + "a" + "]" * 12 + "\nvalid: {from")
    assert {fault.code for fault in faults(deep)} == {"POL-018"}
    many = edited("    marked: [H1]\n", "    marked: [" + ", ".join(["H1"] * 20_000) + "]\n")
    assert {fault.code for fault in faults(many)} == {"POL-018"}


def test_a_missing_file_is_named() -> None:
    given = files()
    del given[REGISTER]
    (fault,) = faults(given)
    assert (fault.code, fault.place.file) == ("POL-023", REGISTER)


def test_what_a_level_withholds_and_a_channel_cannot_carry_is_a_warning() -> None:
    warnings = {(warning.code, warning.place.line) for warning in example().warnings}
    assert {code for code, _ in warnings} == {"POL-021", "POL-025"}
    assert any("qt-ministry" in warning.message for warning in example().warnings)


def test_a_group_that_nobody_belongs_to_is_a_warning() -> None:
    decisions = load(edited("with: [home, eu-led, adequate, agreement]\n", "with: [home, private]\n"))
    assert "POL-009" in {warning.code for warning in decisions.warnings}


def test_after_the_last_day_of_its_instrument_a_partner_counts_as_none() -> None:
    old = "{id: qs-bureau, regime: agreement,"
    given = edited(old, old + " under: {instrument: Agreement, until: 2027-01-31},", REGISTER)
    decisions = load(given)
    share = next(rule for rule in decisions.policy.shares if rule.id == "S4")
    b1 = decisions.policy.limits[0]
    ended = decisions.register.at(PartnerId("qs-bureau"), "2027-02-01")
    assert decisions.register.at(PartnerId("qs-bureau"), "2027-01-31") == "qs-bureau"
    assert ended in b1.partners
    assert ended not in share.partners
    assert "qs-bureau" in share.partners - b1.partners


def test_the_same_files_give_the_same_set() -> None:
    again = load_decision_set(files(), POLICY, REGISTER, VOCABULARY, exchange_format())
    assert replace(again, warnings=()) == replace(example(), warnings=())
