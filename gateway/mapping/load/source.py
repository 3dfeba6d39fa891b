"""Reading `source:` and `target:`: formats, schemas, namespaces, columns and the members of a set."""

import difflib

from gateway.document.yaml_nodes import ListNode, Node, TextNode
from gateway.errors import Place
from gateway.mapping.language.file import Column, Layout, Member, Source, Target
from gateway.mapping.language.records import RecordType
from gateway.mapping.language.rules import Word
from gateway.mapping.language.words import words_of
from gateway.mapping.load.reading import Reading
from gateway.mapping.load.records import read_records
from gateway.mapping.paths.path import Syntax

__all__ = ["SOURCE_FORMATS", "STREAMED", "TARGET_FORMATS", "read_source", "read_target", "syntax_of"]

STREAMED = ("xml", "csv", "jsonl")
"""The formats that can be read item by item."""

SOURCE_FORMATS = ("xml", "json", "jsonl", "csv", "fixed", "edifact", "set", "exchange")
TARGET_FORMATS = ("exchange", "json", "xml", "csv")

_SOURCE_WORDS = words_of("source")
_BELONGS = {
    "root": ("xml", "exchange"),
    "default_namespace": ("xml",),
    "namespaces": ("xml",),
    "columns": ("csv",),
    "header": ("csv",),
    "delimiter": ("csv",),
    "line_end": ("csv", "fixed"),
    "end_mark": ("csv", "fixed"),
    "records": ("fixed", "csv"),
    "width": ("fixed",),
    "counts": ("edifact",),
    "layout": ("edifact",),
    "schema": ("xml", "json", "jsonl", "exchange"),
    "members": ("set",),
    "version": ("exchange",),
}


def syntax_of(format_name: str) -> Syntax:
    """Give the notation of paths of a source format."""
    return Syntax.JSONPATH if format_name in {"json", "jsonl", "exchange"} else Syntax.XPATH


def read_source(reading: Reading, node: Node | None, place: Place) -> Source:
    """Read `source:`; sets the notation of paths for the rest of the file."""
    if node is None:
        reading.fault("W003", "source is missing", place)
        return Source(Word("xml", place), place)
    words = reading.words(node, _SOURCE_WORDS, "source")
    if words is None:
        return Source(Word("xml", place), node.place)
    format_word = _format(reading, words.get("format"), SOURCE_FORMATS, node.place, "source")
    # A misspelt format is one fault, not also one in every path.
    meant = difflib.get_close_matches(format_word.text, SOURCE_FORMATS, n=1)
    reading.syntax = syntax_of(meant[0] if meant else format_word.text)
    for word, formats in _BELONGS.items():
        if word in words and format_word.text in SOURCE_FORMATS and format_word.text not in formats:
            reading.fault("W006", f"'{word}' does not go with format {format_word.text}", words[word].place)
    if format_word.text in {"xml", "json", "jsonl"} and "schema" not in words:
        reading.fault("W003", "source needs its schema", node.place)
    if format_word.text == "edifact" and "layout" not in words:
        reading.fault("W003", "source needs its layout", node.place, "write layout: MESSAGE.layout.yaml")
    line_end, width = _ends(reading, words, format_word.text)
    delimiter = reading.word(words.get("delimiter"), "delimiter")
    namespaces = tuple(
        (prefix, uri)
        for prefix, item in (reading.pairs(words["namespaces"], "namespaces") if "namespaces" in words else ())
        if (uri := reading.word(item, "a namespace")) is not None
    )
    streamed = reading.one_of(words.get("reading"), "reading", ("whole", "streamed"))
    if streamed is not None and streamed.text == "streamed" and format_word.text not in STREAMED:
        reading.fault("W006", f"{format_word.text} is read whole", streamed.place, "leave out reading: streamed")
    return Source(
        format_word,
        node.place,
        schema=reading.word(words.get("layout" if format_word.text == "edifact" else "schema"), "schema"),
        root=reading.word(words.get("root"), "root"),
        default_namespace=reading.word(words.get("default_namespace"), "default_namespace"),
        namespaces=namespaces,
        encoding=reading.word(words.get("encoding"), "encoding"),
        streamed=streamed is not None and streamed.text == "streamed",
        nulls=reading.word_list(words.get("nulls"), "nulls"),
        open=reading.one_of(words.get("open"), "open", ("warn", "quarantine")),
        counts=reading.one_of(words.get("counts"), "counts", ("warn", "quarantine", "refuse")),
        layout=_layout(reading, words, node.place) if format_word.text == "csv" and "records" not in words else None,
        members=_members(reading, words.get("members"), node.place) if format_word.text == "set" else (),
        records=_records(reading, words, format_word.text, node.place),
        line_end=line_end,
        end_mark=format_word.text in {"fixed", "csv"} and reading.boolean(words.get("end_mark"), "end_mark"),
        width=width,
        delimiter=delimiter.text if delimiter is not None and len(delimiter.text) == 1 else ",",
    )


def _records(reading: Reading, words: dict[str, Node], format_name: str, place: Place) -> tuple[RecordType, ...]:
    """Read record types: of fixed width, or of delimited lines, which have no columns that all of them share."""
    if format_name == "fixed":
        return read_records(reading, words.get("records"), place)
    if format_name != "csv" or "records" not in words:
        return ()
    delimiter = reading.word(words.get("delimiter"), "delimiter")
    if delimiter is not None and len(delimiter.text) != 1:
        reading.fault("W005", "delimiter must be one character", delimiter.place)
    for word in ("columns", "header"):
        if word in words:
            reading.fault("W006", f"'{word}' does not go with records", words[word].place, "a record lists its fields")
    return read_records(reading, words["records"], place, cells=True)


def _ends(reading: Reading, words: dict[str, Node], format_name: str) -> tuple[str, int]:
    """Read what ends the records of a file: a line end, or in fixed width their width."""
    if format_name == "csv":
        end = reading.one_of(words.get("line_end"), "line_end", ("crlf", "lf"))
        return "" if end is None else end.text, 0
    if format_name != "fixed":
        return "", 0
    end = reading.one_of(words.get("line_end"), "line_end", ("crlf", "lf", "none"))
    word = reading.word(words.get("width"), "width")
    text = "" if end is None else end.text
    if (text == "none") != (word is not None) and (end is not None or word is not None):
        place = words["width"].place if word is not None else words["line_end"].place
        reading.fault("W006", "line_end: none and width go together", place)
    if word is None:
        return text, 1 if text == "none" else 0
    if not (word.text.isascii() and word.text.isdigit() and 1 <= int(word.text) <= 99_999):
        reading.fault("W005", "width is a whole number from 1 to 99999", word.place)
        return text, 1
    return text, int(word.text)


def read_target(reading: Reading, node: Node | None, place: Place) -> Target:
    """Read `target:`."""
    if node is None:
        reading.fault("W003", "target is missing", place)
        return Target(Word("exchange", place), place)
    words = reading.words(node, words_of("target"), "target")
    if words is None:
        return Target(Word("exchange", place), node.place)
    format_word = _format(reading, words.get("format"), TARGET_FORMATS, node.place, "target")
    return Target(
        format_word,
        node.place,
        version=reading.word(words.get("version"), "version"),
        schema=reading.word(words.get("schema"), "schema"),
        root=reading.word(words.get("root"), "root"),
        default_namespace=reading.word(words.get("default_namespace"), "default_namespace"),
        profile=reading.word(words.get("profile"), "profile"),
        encoding=reading.word(words.get("encoding"), "encoding"),
        delimiter=reading.word(words.get("delimiter"), "delimiter"),
    )


def _format(reading: Reading, node: Node | None, formats: tuple[str, ...], place: Place, what: str) -> Word:
    word = reading.required(node, f"the format of the {what}", place)
    if word.text:
        reading.one_of(node, "format", formats)
    return word


def _members(reading: Reading, node: Node | None, place: Place) -> tuple[Member, ...]:
    if node is None:
        reading.fault("W003", "a set needs its members", place)
        return ()
    members: list[Member] = []
    for name, item in reading.pairs(node, "members"):
        words = reading.words(item, words_of("a member"), "a member", _SOURCE_WORDS)
        if words is None:
            continue
        format_word = reading.required(words.get("format"), "the format of the member", item.place)
        if format_word.text not in {"csv", "fixed", ""}:
            reading.fault("S002", "a member of a set is a file of csv or fixed", format_word.place)
        source = None
        if format_word.text == "fixed" or "records" in words:
            source = _record_source(reading, words, format_word, item.place)
        members.append(
            Member(
                name,
                reading.required(words.get("file"), "file", item.place),
                format_word,
                None if source is not None else _layout(reading, words, item.place),
                reading.word_list(words.get("nulls"), "nulls"),
                item.place,
                source=source,
            )
        )
    return tuple(members)


def _record_source(reading: Reading, words: dict[str, Node], format_word: Word, place: Place) -> Source:
    """Read a member of records as the source that it would be alone."""
    line_end, width = _ends(reading, words, format_word.text)
    delimiter = reading.word(words.get("delimiter"), "delimiter")
    return Source(
        format_word,
        place,
        encoding=reading.word(words.get("encoding"), "encoding"),
        records=_records(reading, words, format_word.text, place),
        line_end=line_end,
        end_mark=reading.boolean(words.get("end_mark"), "end_mark"),
        width=width,
        delimiter=delimiter.text if delimiter is not None and len(delimiter.text) == 1 else ",",
    )


def _layout(reading: Reading, words: dict[str, Node], place: Place) -> Layout:
    header = reading.boolean(words.get("header"), "header", default=True)
    delimiter = reading.word(words.get("delimiter"), "delimiter")
    encoding = reading.word(words.get("encoding"), "encoding")
    line_end = reading.one_of(words.get("line_end"), "line_end", ("crlf", "lf"))
    if delimiter is not None and len(delimiter.text) != 1:
        reading.fault("W005", "delimiter must be one character", delimiter.place)
    columns: list[Column] = []
    if "columns" not in words:
        reading.fault("W003", "a CSV file needs its columns", place, "write columns: {name: HEADING or POSITION, ...}")
    elif isinstance(words["columns"], ListNode):
        headings = reading.word_list(words["columns"], "columns")
        columns.extend(Column(heading, heading.text, 0, "text", None, heading.place) for heading in headings)
    else:
        for name, item in reading.pairs(words["columns"], "columns"):
            column = _column(reading, name, item, header=header)
            if column is not None:
                columns.append(column)
    reading.unique((column.name for column in columns), "column")
    return Layout(
        tuple(columns),
        header,
        delimiter.text if delimiter is not None and len(delimiter.text) == 1 else ",",
        encoding.text if encoding is not None else "utf-8",
        place,
        "" if line_end is None else line_end.text,
        reading.boolean(words.get("end_mark"), "end_mark"),
    )


def _column(reading: Reading, name: Word, node: Node, *, header: bool) -> Column | None:
    if isinstance(node, TextNode):
        at: Word | None = Word(node.text, node.place)
        kind, nulls = "text", None
    else:
        words = reading.words(node, words_of("a column"), "a column")
        if words is None:
            return None
        at = reading.required(words.get("at"), "at", node.place)
        typed = reading.one_of(words.get("type"), "type", ("text", "integer", "decimal"))
        kind = typed.text if typed is not None else "text"
        nulls = reading.word_list(words["nulls"], "nulls") if "nulls" in words else None
    if at is None or not at.text:
        return None
    if header:
        return Column(name, at.text, 0, kind, nulls, node.place)
    if not (at.text.isascii() and at.text.isdigit() and 1 <= int(at.text) <= 10_000):
        reading.fault("W005", "without a header a column is given by its position, from 1", at.place)
        return None
    return Column(name, "", int(at.text), kind, nulls, node.place)
