"""The label sheet to be read: every rule that writes a label, with its line and the values it looks up."""

import pytest

from gateway.governance.label_rows import label_rows, plain_row
from gateway.governance.labels import label_sheet_digest
from gateway.mapping.load.mapping import load_mapping
from tests.shared import REPOSITORY

FILE = "mappings/qm-police/notice.map.yaml"
ROLES = "mappings/qm-police/codes/role.csv"


def files() -> dict[str, bytes]:
    found = (path for root in ("mappings", "schemas") for path in (REPOSITORY / root).rglob("*") if path.is_file())
    return {path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in found}


FILES = files()


def test_a_role_is_shown_with_its_line_and_its_table() -> None:
    rows = {row.target: row for row in label_rows(load_mapping(FILE, FILES), FILES)}
    row = rows["persons[].roles[]"]
    assert row.rule == "roles[]: {each: Role, value: {from: ., lookup: role}}"
    assert FILES[FILE].decode().splitlines()[row.place.line - 1].strip() == row.rule
    (table,) = row.tables
    assert (table.file, table.rows[:2]) == (ROLES, (("S", "suspect"), ("C", "convicted")))
    assert {"header.purpose", "header.handling.flags[]", "header.handling.classification"} <= set(rows)
    assert plain_row(row)["line"] == row.place.line


def test_another_word_in_a_table_changes_sheet_and_digest() -> None:
    mapping = load_mapping(FILE, FILES)
    changed = {**FILES, ROLES: FILES[ROLES].replace(b"W,witness", b"W,contact")}
    assert label_sheet_digest([mapping], changed, {}) != label_sheet_digest([mapping], FILES, {})
    assert [*label_rows(mapping, changed)] != [*label_rows(mapping, FILES)]


HEAD = "mapping: x.y\nversion: 1.0.0\nsource:\n  format: csv\n  columns: {role: ROLE, kind: KIND, name: NAME}\n"
HEAD += "target: {format: exchange, version: 1}\ntables: {how: how.csv}\nuse: [witness.part.yaml, contact.part.yaml]\n"
RULES = """\
map:
  header.handling.conditions[]: {each: row, fields: {kind: {from: kind, lookup: how}}}
  persons[]:
    - {each: row, where: "kind == 'W'", part: witness, as: person, key: name}
    - {each: row, where: "kind == 'C'", part: contact}
  events[]: {each: row, fields: {location: {ref: place}}}
  links[]: {each: row, fields: {kind: {const: knows}, from: {ref: person, key: name}}}
  objects[]: {each: row, fields: {remark: name}}
"""
PART = "part: {0}\nformat: csv\nhas: {{name: text}}\nfields:\n  roles[]: {{const: {0}}}\n"
SMALL = {
    "m/a.map.yaml": (HEAD + RULES).encode(),
    "m/how.csv": b"source,ours\nX,no-copy\n",
    "m/witness.part.yaml": PART.format("witness").encode(),
    "m/contact.part.yaml": PART.format("contact").encode(),
}


@pytest.mark.parametrize(
    ("file", "old", "new", "signed_again"),
    [
        ("m/a.map.yaml", "'W'", "'V'", True),
        ("m/a.map.yaml", "part: witness", "part: contact", True),
        ("m/how.csv", "X", "Z", True),
        ("m/a.map.yaml", "from: kind, lookup", "from: role, lookup", True),
        ("m/a.map.yaml", "role: ROLE", "role: NAME", True),
        ("m/a.map.yaml", "const: knows", "const: same-as", True),
        ("m/a.map.yaml", "{ref: person, key: name}", "{ref: person, key: kind}", True),
        ("m/a.map.yaml", "{ref: place}", "{ref: person}", True),
        ("m/a.map.yaml", "remark: name", "remark: kind", False),
    ],
)
def test_what_decides_whose_label_a_value_gets_is_signed(file: str, old: str, new: str, signed_again: bool) -> None:
    changed = {**SMALL, file: SMALL[file].decode().replace(old, new, 1).encode()}
    assert changed != SMALL
    before, after = (label_sheet_digest([load_mapping("m/a.map.yaml", given)], given, {}) for given in (SMALL, changed))
    assert (before != after) is signed_again
