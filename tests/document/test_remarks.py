"""Warnings about text that was damaged before it came here."""

from gateway.document.json_codec import read_json
from gateway.document.remarks import remarks
from gateway.document.rows_codec import Column, RowsLayout, read_rows
from gateway.document.tree import FileSet
from gateway.document.xml_codec import read_xml
from gateway.errors import Severity


def test_each_format_says_where() -> None:
    tree = read_xml("<a>\n<b>x\ufffd</b><c d='\ufffd'/></a>".encode())
    assert [str(each.place) for each in remarks(tree)] == ["2", "2"]
    value = read_json('{"a": ["x", "\ufffd"], "secret": {"\ufffd": "\ufffd"}}'.encode())
    assert [str(each.place) for each in remarks(value, frozenset({"a"}))] == ["$['a'][1]", "$[*]", "$[*][*]"]
    rows = read_rows("a,b\n1,\ufffd\n".encode(), RowsLayout((Column("a"), Column("b")), line_end="lf"))
    assert [str(each.place) for each in remarks(rows)] == ["2 row[1]/b"]
    assert [str(each.place) for each in remarks(FileSet({"prim": rows}))] == ["prim:2 row[1]/b"]


def test_they_are_warnings_and_bounded() -> None:
    found = remarks(read_json(('["' + '","'.join(["\ufffd"] * 500) + '"]').encode()))
    assert len(found) == 100
    assert {(each.code, each.severity) for each in found} == {("DOC-015", Severity.WARNING)}


def test_sound_documents_have_none() -> None:
    assert remarks(read_json(b'{"a": ["b"]}')) == ()
    assert remarks(read_xml(b"<a b='c'>d</a>")) == ()
