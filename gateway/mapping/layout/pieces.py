"""A definition file as pieces: entries and items, each with the comments and blank lines that belong to it.

A comment that has its line for itself belongs to what follows; one behind something belongs to the outermost entry of
its line. Guarantees that every comment of the file belongs to exactly one piece, or to the end of the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode
from gateway.mapping.layout.comments import Comment, block_end, comments_of

__all__ = ["Piece", "pieces_of"]


@dataclass(slots=True, eq=False)
class Piece:
    """An entry of a map (with its `key`) or an item of a list. `flow` says that its value is written in brackets.

    `above` are lines before it, empty ones for blank lines; `behind` is the comment after it, at its column. `raw` is a
    block text as it was written: its header and its lines, without their indentation.
    """

    key: TextNode | None
    value: Node
    flow: bool
    children: list["Piece"] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    behind: str = ""
    column: int = 0
    raw: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """The line in which it begins."""
        return self.value.place.line if self.key is None else self.key.place.line

    @property
    def remarks(self) -> bool:
        """True if a comment stands in it, or before or behind something in it."""
        return any(child.behind or any(child.above) or child.remarks or child.raw for child in self.children)


def pieces_of(text: str, root: Node) -> tuple[Piece, list[str]]:
    """Give the file as one piece whose children are the outermost, and the comments at its end."""
    lines = text.split("\n")
    top = _piece(None, root, lines)
    order = list(_every(top))[1:]
    tail: list[str] = []
    comments = {comment.line: comment for comment in comments_of(lines, root)}
    waiting: list[str] = []
    starts: dict[int, list[Piece]] = {}
    for piece in order:
        starts.setdefault(piece.line, []).append(piece)
    texts = _inside_texts(order, lines)
    last: Piece | None = None
    for number, line in enumerate(lines, 1):
        begun = starts.get(number, [])
        if begun:
            begun[0].above = _squeezed(waiting, first=last is None)
            waiting = []
            last = begun[-1]
        comment = comments.get(number)
        if comment is not None:
            _place(comment, begun, waiting)
        elif not line.strip() and number not in texts:
            waiting.append("")
    tail = _squeezed(waiting, first=not order)
    while tail and not tail[-1]:
        tail.pop()
    return top, tail


def _piece(key: TextNode | None, value: Node, lines: list[str]) -> Piece:
    place = value.place
    row = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    flow = not isinstance(value, TextNode) and row[place.column - 1 : place.column] in {"{", "["}
    piece = Piece(key, value, flow)
    match value:
        case MapNode():
            piece.children = [_piece(entry.key, entry.value, lines) for entry in value]
        case ListNode():
            piece.children = [_piece(None, item, lines) for item in value]
        case TextNode() if value.style in {"literal", "folded"}:
            piece.raw = _raw(row[place.column - 1 :], lines, place.line)
        case _:
            pass
    return piece


def _raw(header: str, lines: list[str], number: int) -> tuple[str, ...]:
    """The header and the lines of a block text; nothing if its indentation is given by a number."""
    mark = header.split("#", maxsplit=1)[0].strip()
    if any(sign.isdigit() for sign in mark):
        return ()
    body = lines[number : block_end(lines, number)]
    depth = min((len(line) - len(line.lstrip(" ")) for line in body if line.strip()), default=0)
    return (mark, *(line[depth:].rstrip() for line in body))


def _every(piece: Piece) -> Iterator[Piece]:
    yield piece
    for child in piece.children:
        yield from _every(child)


def _inside_texts(order: list[Piece], lines: list[str]) -> set[int]:
    """The lines that belong to block texts: blank ones there are part of the text."""
    found: set[int] = set()
    for piece in order:
        value = piece.value
        if isinstance(value, TextNode) and value.style in {"literal", "folded"}:
            found.update(range(value.place.line + 1, block_end(lines, value.place.line) + 1))
    return found


def _place(comment: Comment, begun: list[Piece], waiting: list[str]) -> None:
    """Give a comment to the piece it stands behind, or keep it for the next one."""
    if comment.alone or not begun:
        waiting.append(comment.text)
        return
    owner = begun[0]
    for piece in begun:
        owner = piece
        opens = piece.key is None and not piece.flow and bool(piece.children)
        if not opens and not (piece.flow and _goes_on(piece)):
            break
    owner.behind, owner.column = comment.text, comment.column


def _goes_on(piece: Piece) -> bool:
    """True for something in brackets of which a part begins on a later line."""
    return any(each.line > piece.line for each in _every(piece))


def _squeezed(lines: list[str], *, first: bool) -> list[str]:
    """Leave one blank line where there are several, and none at the beginning of a file."""
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]) or (not found and not first):
            found.append(line)
    return found
