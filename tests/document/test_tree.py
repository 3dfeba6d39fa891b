"""Trees never show what they hold."""

from gateway.document.tree import BadRow, FileSet, Row, Rows, XmlElement

CANARY = "Zaphod"


def test_repr_shows_structure_and_no_content() -> None:
    element = XmlElement("Name", {"id": CANARY}, (XmlElement("b", {}, (), CANARY),), CANARY, (CANARY,), 3)
    row = Row({"surname": CANARY}, 2)
    rows = Rows(("surname",), (row,), (BadRow(3, 1, 2),))
    for value in (element, row, rows, FileSet({"prim": rows, "other": element})):
        assert CANARY not in repr(value)
        assert type(value).__name__ in repr(value)
