"""JSON Lines as one array: a value on each line, checked line by line.

Guarantees that the value of line n stands at `$[n-1]`, that an empty line is `null` and no item, and that a line which
is no JSON, or not what the schema admits, is a trouble with the code of its first fault, while the others go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway.document.charset import decode
from gateway.document.json_codec import read_json
from gateway.document.json_schema import JsonSchema
from gateway.document.limits import HARD, Limits
from gateway.document.tree import Document, JsonValue, RecordTree, StreamedDocument, Trouble
from gateway.errors import DocumentRefused, Fault, Place
from gateway.mapping.run.read_again import StreamedLines
from gateway.mapping.run.reader import InputFile, SourceReader, one_file

__all__ = ["JsonLinesReader"]

_SNIFFED = 65_536
_BLANK = b" \t\r"


class JsonLinesReader(SourceReader):
    """Reads the files of one source of JSON Lines; `schema` is that of a line."""

    def __init__(
        self, entry: str, schema: JsonSchema, files: frozenset[str], limits: Limits, *, streamed: bool = False
    ) -> None:
        self._streamed = streamed
        self.files = files
        self._key = (entry, *sorted(files))
        self._schema = schema
        self._limits = limits

    def read(self, files: Sequence[InputFile]) -> Document:
        """Read a file; raises `DocumentRefused` for one that is no text, or of which no line can be read."""
        data = one_file(files)
        return self._twice(data) if self._streamed else self._whole(data, self._limits)

    def _twice(self, data: bytes) -> Document:
        most = replace(self._limits, message=HARD.message, nodes=HARD.nodes)
        decode(data, "utf-8", most)
        troubles: list[Trouble] = []
        good = lines = 0
        first: DocumentRefused | None = None
        for subtree in StreamedLines.each(data):
            lines += 1
            try:
                good += self.line(subtree[1]) is not None
            except DocumentRefused as refused:
                first = first or _at(refused, subtree[0])
                troubles.append(_trouble(refused, subtree[0]))
        if first is not None and len(troubles) == lines:
            raise first
        tree = RecordTree("jsonl", self._key, [], tuple(troubles))
        bad = frozenset(trouble.line for trouble in troubles)
        return StreamedLines(data, self.line, tree, bad, good, lambda: self._whole(data, most))

    def _whole(self, data: bytes, limits: Limits) -> Document:
        decode(data, "utf-8", limits)
        values: list[JsonValue] = []
        troubles: list[Trouble] = []
        first: DocumentRefused | None = None
        nodes = 0
        for number, line in enumerate(data.split(b"\n"), start=1):
            nodes += 1 + line.count(b",") + line.count(b"[") + line.count(b"{")
            if nodes > limits.nodes:
                message = f"more than {limits.nodes} values"
                raise DocumentRefused(Fault("DOC-008", message, Place(line=number), "send smaller files"))
            values.append(None)
            if not line.strip(_BLANK):
                continue
            try:
                values[-1] = self.line(line)
            except DocumentRefused as refused:
                first = first or _at(refused, number)
                troubles.append(_trouble(refused, number))
        if first is not None and all(value is None for value in values):
            raise first
        return RecordTree("jsonl", self._key, values, tuple(troubles))

    def line(self, line: bytes) -> JsonValue:
        """Read one line and check it; raises `DocumentRefused`."""
        value = read_json(line, self._limits)
        faults = self._schema.check(value)
        if faults:
            raise DocumentRefused(*faults)
        return value

    def recognises(self, document: Document) -> bool:
        """True for lines that were read with the same schema."""
        tree = document.outer if isinstance(document, StreamedDocument) else document
        return isinstance(tree, RecordTree) and tree.layout == self._key

    def could_read(self, files: Sequence[InputFile]) -> bool:
        """True if the first line is a whole JSON value and there is another, or a line end, behind it."""
        if len(files) != 1:
            return False
        first, end, _ = files[0].data[:_SNIFFED].lstrip(_BLANK + b"\n").partition(b"\n")
        if not end or first[:1] not in {b"{", b"["}:
            return False
        try:
            read_json(first, self._limits)
        except DocumentRefused:
            return False
        return True


def _trouble(refused: DocumentRefused, number: int) -> Trouble:
    path = refused.faults[0].place.path.removeprefix("$")
    return Trouble(refused.code, "bad", number, path=f"$[{number - 1}]{path}")


def _at(refused: DocumentRefused, number: int) -> DocumentRefused:
    """Give the faults of a line their place in the file."""
    return DocumentRefused(*_placed(refused, number))


def _placed(refused: DocumentRefused, number: int) -> Iterator[Fault]:
    for fault in refused.faults:
        place = fault.place
        path = f"$[{number - 1}]{place.path.removeprefix('$')}"
        yield fault.located(Place(line=number, column=place.column, path=path))
