"""Layout files of partners that take CSV: the columns of the file a mapping writes, and how it is written.

    layout: csv                   # may be left out
    delimiter: ";"                # default ","
    encoding: utf-8               # line_end: crlf | lf, quote: '"', header: true | false
    formula_guard: apostrophe     # or unchanged, refuse: for a cell that a spreadsheet would run; no default
    columns:
      surname: Surname            # our name: the heading
      born: {heading: Born, required: true, longest: 10, codes: [A, B]}

Guarantees that a layout which was loaded can be written. Knows nothing of the values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.document.rows_codec import Column, FormulaGuard, LineEnd, RowsLayout
from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.rules import Word
from gateway.mapping.load.reading import Reading
from gateway.mapping.paths.path import Syntax
from gateway.mapping.shapes.shape import Child, Facts, Occurrence, Origin, Shape

__all__ = ["RowsTarget", "load_rows_target"]

_WORDS = ("layout", "delimiter", "encoding", "quote", "line_end", "header", "formula_guard", "columns")
_COLUMN_WORDS = ("heading", "required", "longest", "codes")
_GUARDS: dict[str, FormulaGuard] = {"apostrophe": "apostrophe", "unchanged": "unchanged", "refuse": "refuse"}
_LINE_ENDS: dict[str, LineEnd] = {"crlf": "crlf", "lf": "lf"}


@dataclass(frozen=True, slots=True)
class RowsTarget:
    """What a CSV file must look like. `shape` is an object with the one list `rows`, whose items have the columns."""

    layout: RowsLayout
    formula_guard: FormulaGuard
    shape: Shape = field(repr=False)


def load_rows_target(
    path: str, files: Mapping[str, bytes], *, delimiter: str = ",", encoding: str = "utf-8"
) -> RowsTarget:
    """Load a layout file; `delimiter` and `encoding` are those of the mapping, where the layout says none.

    Raises `DefinitionRefused` with all its faults (W and Y codes, S106, DOC-071).
    """
    node = read_yaml(files[path], path)
    reading = Reading(path, Syntax.XPATH)
    words = reading.words(node, _WORDS, "a layout") or {}
    kind = reading.word(words.get("layout"), "layout")
    if kind is not None and kind.text != "csv":
        reading.fault("S106", "a layout of a target is for csv", kind.place)
    guard = reading.required(words.get("formula_guard"), "formula_guard", node.place)
    if guard.text:
        reading.one_of(words.get("formula_guard"), "formula_guard", tuple(_GUARDS))
    end = reading.one_of(words.get("line_end"), "line_end", tuple(_LINE_ENDS))
    header = reading.boolean(words.get("header"), "header", default=True)
    columns, shape = _columns(reading, words.get("columns"), node.place, header=header)
    if reading.faults:
        raise DefinitionRefused.of(reading.faults)
    layout = RowsLayout(
        columns,
        header="exact" if header else "none",
        delimiter=_text(reading, words, "delimiter", delimiter),
        quote=_text(reading, words, "quote", '"'),
        encoding=_text(reading, words, "encoding", encoding),
        line_end=_LINE_ENDS[end.text] if end is not None else "crlf",
    )
    return RowsTarget(layout, _GUARDS[guard.text], shape)


def _text(reading: Reading, words: dict[str, Node], name: str, default: str) -> str:
    word = reading.word(words.get(name), name)
    return default if word is None else word.text


def _columns(reading: Reading, node: Node | None, place: Place, *, header: bool) -> tuple[tuple[Column, ...], Shape]:
    if node is None:
        reading.fault("W003", "a layout needs its columns", place)
        return (), Shape.of(Facts())
    columns: list[Column] = []
    children: dict[str, Child] = {}
    if isinstance(node, ListNode):
        entries: list[tuple[Word, Node]] = [
            (Word(item.text, item.place), item) for item in node.items if isinstance(item, TextNode)
        ]
    else:
        entries = list(reading.pairs(node, "columns"))
    reading.unique((name for name, _ in entries), "column")
    for number, (name, content) in enumerate(entries, 1):
        column, child = _column(reading, name, content, 0 if header else number)
        columns.append(column)
        children[name.text] = child
    row = Shape.of(Facts(kinds=frozenset({"object"}), children=children))
    rows = Shape.of(Facts(kinds=frozenset({"list"}), item=Child("", row, Occurrence(0, None))))
    whole = Facts(kinds=frozenset({"object"}), children={"rows": Child("rows", rows, Occurrence(0, 1))})
    return tuple(columns), Shape.of(whole)


def _column(reading: Reading, name: Word, node: Node, number: int) -> tuple[Column, Child]:
    origin = Origin(lambda: name.place)
    if isinstance(node, MapNode):
        words = reading.words(node, _COLUMN_WORDS, "a column") or {}
        heading = _text(reading, words, "heading", name.text)
        required = reading.boolean(words.get("required"), "required")
        codes = tuple(word.text for word in reading.word_list(words.get("codes"), "codes"))
        longest = _length(reading, words.get("longest"))
    else:
        heading, required, codes, longest = _heading(node, name), False, (), None
    facts = Facts(kinds=frozenset({"text"}), codes=codes or None, longest=longest)
    column = Column(name.text, heading, number)
    return column, Child(name.text, Shape.of(facts), Occurrence(1 if required else 0, 1), origin)


def _heading(node: Node, name: Word) -> str:
    return node.text if isinstance(node, TextNode) else name.text


def _length(reading: Reading, node: Node | None) -> int | None:
    word = reading.word(node, "longest")
    if word is None:
        return None
    if not (word.text.isascii() and word.text.isdigit() and 1 <= int(word.text) <= 20_000):
        reading.faults.append(Fault("W005", "longest is a whole number from 1 to 20000", word.place))
        return None
    return int(word.text)
