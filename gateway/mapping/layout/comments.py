"""Finding the comments of a definition file, which the strict reader drops.

Guarantees that a `#` inside a text is never taken for a comment, whatever quotes or block the text stands in: the
places of all texts are known from the reader, and only what lies outside them is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode

__all__ = ["Comment", "block_end", "comments_of", "scalars_of"]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its line and column, from 1, its text from the `#` on, and whether it has the line for itself."""

    line: int
    column: int
    text: str
    alone: bool


def scalars_of(node: Node) -> Iterator[TextNode]:
    """Give every text below a node, keys before their values, in the order of the file."""
    match node:
        case TextNode():
            yield node
        case ListNode():
            for item in node:
                yield from scalars_of(item)
        case MapNode():
            for entry in node:
                yield entry.key
                yield from scalars_of(entry.value)


def comments_of(lines: list[str], root: Node) -> list[Comment]:
    """Give all comments of a file, in its order."""
    masked = [list(line) for line in lines]
    for scalar in scalars_of(root):
        _mask(masked, lines, scalar)
    found: list[Comment] = []
    for number, line in enumerate(masked, 1):
        text = "".join(line)
        at = _start(text)
        if at >= 0:
            alone = not text[:at].strip()
            found.append(Comment(number, at + 1, lines[number - 1][at:].rstrip(), alone))
    return found


def _start(text: str) -> int:
    at = text.find("#")
    while at > 0 and text[at - 1] not in " \t":
        at = text.find("#", at + 1)
    return at


def _mask(masked: list[list[str]], lines: list[str], scalar: TextNode) -> None:
    """Write over the characters of a text."""
    place = scalar.place
    if place.end_column:
        row = masked[place.line - 1]
        row[place.column - 1 : place.end_column - 1] = "x" * (place.end_column - place.column)
        return
    if scalar.style in {"single", "double"}:
        _mask_quoted(masked, lines, place.line - 1, place.column - 1, scalar.style)
    elif scalar.style in {"literal", "folded"}:
        for number in range(place.line, block_end(lines, place.line)):
            masked[number] = ["x"] * len(lines[number])


def _mask_quoted(masked: list[list[str]], lines: list[str], number: int, at: int, style: str) -> None:
    mark = "'" if style == "single" else '"'
    masked[number][at] = "x"
    at += 1
    while number < len(lines):
        row = lines[number]
        while at < len(row):
            masked[number][at] = "x"
            if style == "double" and row[at] == "\\":
                masked[number][at : at + 2] = "x" * len(row[at : at + 2])
                at += 2
                continue
            if row[at] == mark:
                if style == "single" and row[at + 1 : at + 2] == mark:
                    masked[number][at + 1] = "x"
                    at += 2
                    continue
                return
            at += 1
        number, at = number + 1, 0


def block_end(lines: list[str], number: int) -> int:
    """Give the index after the last line of a block text whose header stands in the line before `number`."""
    filled = [len(line) - len(line.lstrip(" ")) for line in lines[number:] if line.strip()]
    if not filled:
        return number
    depth = filled[0]
    end = number
    for at in range(number, len(lines)):
        line = lines[at]
        if line.strip():
            if len(line) - len(line.lstrip(" ")) < depth:
                break
            end = at + 1
    return end
