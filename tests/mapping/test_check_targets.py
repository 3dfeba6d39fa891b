"""Judgements about what is written: targets, code tables, partners' formats."""

from gateway.mapping.check.mapping import check_mapping
from tests.mapping.example_files import exchange
from tests.mapping.small import ALERT, CODE, LINE, MAPPING, NUMBER, TEXT, faults, found, json_files, thing

# -- targets ----------------------------------------------------------------------------------------------------------


def test_free_text_for_a_list_of_codes_is_a_warning() -> None:
    rules = "header.language: {const: en}\nalert:\n  fields: {event: $.e, severity: $.s}\n"
    files = json_files(rules, e=LINE, s=LINE)
    assert [message[:40] for message in found(files, "T207")]
    quiet = json_files(rules.replace("severity: $.s", "severity: {from: $.s, on_error: drop}"), e=LINE, s=LINE)
    assert len(found(quiet, "T207")) == len(found(files, "T207")) - 1


def test_a_number_is_needed_where_the_target_counts() -> None:
    rules = "indicators[]:\n  at: $.i\n  fields: {kind: {const: pattern}, confidence: c}\n" + ALERT
    assert found(json_files(rules, i=thing(["c"], c=TEXT), e=LINE), "T208") == [
        "indicators[].confidence takes a whole number"
    ]
    assert found(json_files(rules, i=thing(["c"], c=NUMBER), e=LINE), "T208") == []
    converted = rules.replace("confidence: c", "confidence: {from: c, convert: [integer]}")
    assert found(json_files(converted, i=thing(["c"], c=TEXT), e=LINE), "T208") == []


def test_a_list_that_may_stay_empty_is_said() -> None:
    rules = "persons[]:\n  at: $.p\n  fields:\n    reference: n\n    roles[]: {each: r, value: {from: .}}\n" + ALERT
    role = {"type": "array", "items": {"enum": ["suspect", "victim"]}}
    messages = found(json_files(rules, p=thing([], r=role, n=LINE), e=LINE), "T214")
    why = "$.p.r[*] is optional in the source"
    assert messages == [f"persons[].roles is required but {why}; without it the message is quarantined (R902)"]


def test_what_a_kind_needs_and_may_lack_is_said_where_the_source_decides_the_kind() -> None:
    rules = "notice:\n  fields: {kind: {const: watch}, action: {const: inform}}\npersons[]:\n  at: $.p\n  fields:\n"
    rules += "    roles[]: {const: unknown}\n"
    files = json_files(rules, p=thing([], x=LINE), k={"enum": ["cyber-indicators", "object-notice"]})
    files[MAPPING] = files[MAPPING].replace(b"header.kind: {const: situation-alert}", b"header.kind: $.k")
    needs = "cyber-indicators requires indicators; object-notice requires objects"
    assert found(files, "T214") == [
        f"{needs}, which may be missing; without it the message is quarantined (R902)",
    ]


def test_a_mark_needs_a_carrier() -> None:
    rules = "header.language: {const: en, mark: {handling.flags[]: {const: H1}}}\nalert:\n"
    rules = "alert:\n  mark: {statement.basis: {const: fact}}\n  fields: {event.raw: $.e}\n"
    assert found(json_files(rules, e=LINE), "T213") == ["nothing here can carry statement"]


# -- tables -----------------------------------------------------------------------------------------------------------

TABLE = "tables: {t: t.csv}\n"
LOOKUP = (
    """persons[]:
  at: $.n
  as: p
  fields:
    roles[]: {const: unknown}
links[]:
  at: $.n
  fields: {kind: {from: k, lookup: LOOKUP}, from: {ref: p}, to: {ref: p}}
"""
    + ALERT
)


def with_table(lookup: str, rows: str, name: str = "t.csv") -> dict[str, bytes]:
    files = json_files(
        LOOKUP.replace("LOOKUP", lookup), beside=f"tables: {{t: {name}}}", n=thing(["k"], k=CODE, d=TEXT), e=LINE
    )
    files["m/t.csv"] = rows.encode()
    return files


GOOD = "source,target,match,note\nA,owns,exact,\nB,uses,exact,\n"


def test_a_total_table_is_clean() -> None:
    assert [fault.code for fault in faults(with_table("t", GOOD))] == ["V301"]


def test_a_row_nothing_reaches_and_close_matches_are_warned() -> None:
    assert found(with_table("t", GOOD + "C,holds,exact,\n"), "L103") == [
        "the source allows no C: this row of table 't' is never used"
    ]
    assert found(with_table("t", GOOD.replace("A,owns,exact", "A,owns,close")), "L110") == [
        "1 rows of table 't' match only closely"
    ]


def test_columns_and_keys_of_a_table_must_exist() -> None:
    assert found(with_table("{table: t, take: targt}", GOOD), "L012") == [
        "table 't' has no column 'targt'; did you mean 'target'?"
    ]
    assert found(with_table("{table: t, key: {a: k, b: d}}", GOOD), "L011") == ["the key of table 't' is source"]


def test_validity_needs_a_day_and_a_day_needs_validity() -> None:
    dated = "source,target,match,note,valid_from,valid_to\nA,owns,exact,,2020-01-01,\nB,uses,exact,,,\n"
    assert found(with_table("t", dated), "L013") == ["the rows of table 't' are valid for a time"]
    assert found(with_table("{table: t, as_of: d}", dated), "L013") == []
    assert found(with_table("{table: t, as_of: d}", GOOD), "L111") == ["no row of table 't' has a validity"]


def test_a_code_that_is_not_shared_leaves_a_required_target_empty() -> None:
    silent = "source,target,match,note\nA,owns,exact,\nB,,none,internal\n"
    assert found(with_table("t", silent), "T203") == [
        "links[].kind is required but table 't' shares nothing for B; add default or on_missing"
    ]


# -- outbound ---------------------------------------------------------------------------------------------------------

OUTBOUND = """
mapping: x
version: 1.0.0
source: {format: exchange, version: 1}
target: TARGET
map:
  RULES
"""
ROWS = "layout: csv\nformula_guard: apostrophe\ncolumns: {surname: {heading: Surname, required: true}, born: Born}\n"


def outbound(target: str, rules: str, **files: str) -> dict[str, bytes]:
    text = OUTBOUND.replace("TARGET", target).replace("RULES", rules)
    return {
        MAPPING: text.encode(),
        **{f"m/{name.replace('_', '.')}": content.encode() for name, content in files.items()},
    }


def test_a_partner_field_fed_by_what_policy_may_withhold_needs_a_decision() -> None:
    target = "{format: csv, schema: rows.layout.yaml}"
    rule = 'rows[]: {each: $.persons, fields: {surname: SURNAME, born: "births[0].date.value"}}'
    loose = outbound(target, rule.replace("SURNAME", '"names[0].family"'), rows_layout_yaml=ROWS)
    assert found(loose, "O102") == [
        "rows[].surname is required but names[0].family is optional in the source; add default or on_missing"
    ]
    decided = rule.replace("SURNAME", '{from: "names[0].family", on_missing: quarantine}')
    report = check_mapping(MAPPING, outbound(target, decided, rows_layout_yaml=ROWS), exchange())
    assert [str(fault) for fault in report.faults] == []
    assert report.coverage.unread


def test_nothing_is_refused_towards_a_partner() -> None:
    target = "{format: csv, schema: rows.layout.yaml}"
    rule = 'rows[]: {each: $.persons, fields: {surname: {from: "names[0].family", on_missing: refuse}}}'
    assert found(outbound(target, rule, rows_layout_yaml=ROWS), "E204") == ["an outbound mapping cannot refuse"]


def test_a_layout_says_what_becomes_of_formulas() -> None:
    target = "{format: csv, schema: rows.layout.yaml}"
    rule = 'rows[]: {each: $.persons, fields: {surname: {from: "names[0].family", on_missing: quarantine}}}'
    silent = outbound(target, rule, rows_layout_yaml=ROWS.replace("formula_guard: apostrophe\n", ""))
    assert [f.code for f in faults(silent)] == ["W003"]
    other = outbound(target, rule, rows_layout_yaml=ROWS.replace("layout: csv", "layout: fixed"))
    assert [f.code for f in faults(other)] == ["S106"]
    length = ROWS.replace("born: Born", "born: {heading: Born, longest: x}")
    assert [f.code for f in faults(outbound(target, rule, rows_layout_yaml=length))] == ["W005"]


def test_json_and_xml_targets_are_checked_against_their_schemas() -> None:
    schema = '{"type": "object", "additionalProperties": false, "required": ["id"],'
    schema += ' "properties": {"id": {"type": "string"}}}'
    target = "{format: json, schema: t.json}"
    assert [f.code for f in faults(outbound(target, "id: $.header.id", t_json=schema))] == []
    assert found(outbound(target, "idd: $.header.id", t_json=schema), "T201") == [
        "no field 'idd' in the target; did you mean 'id'? (t.json:1:86)"
    ]
