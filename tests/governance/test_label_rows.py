"""The label sheet to be read: every rule that writes a label, with its line and the values it looks up."""

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
    assert label_sheet_digest([mapping], changed) != label_sheet_digest([mapping], FILES)
    assert [*label_rows(mapping, changed)] != [*label_rows(mapping, FILES)]
