"""`fmt`: a definition file in the canonical layout. Ends debates about style and changes nothing else.

Guarantees that the result is read as the same words in the same order with the same comments, or nothing is given
(Y120); and that laying out what was laid out changes nothing. Order, and the choice between brackets and blocks where
both fit, are the author's.
"""

from collections import Counter

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.layout.comments import comments_of
from gateway.mapping.layout.pieces import pieces_of
from gateway.mapping.layout.write import written

__all__ = ["formatted"]


def formatted(data: bytes, file: str) -> bytes:
    """Give a file in the canonical layout. Raises `DefinitionRefused`: what the strict reader finds, or Y120."""
    root = read_yaml(data, file)
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    top, tail = pieces_of(text, root)
    result = written(top, tail)
    made = result.encode()
    if not _same(text, root, result, made, file):
        fix = "simplify the lines around comments, and report the file"
        fault = Fault("Y120", "this file cannot be laid out without changing what it says", Place(file, 1, 1), fix)
        raise DefinitionRefused(fault)
    return made


def _same(text: str, root: Node, result: str, made: bytes, file: str) -> bool:
    try:
        again = read_yaml(made, file)
    except DefinitionRefused:
        return False
    before = Counter(comment.text for comment in comments_of(text.split("\n"), root))
    after = Counter(comment.text for comment in comments_of(result.split("\n"), again))
    return _words(root) == _words(again) and before == after


def _words(node: Node) -> object:
    """What a node says, without places and styles."""
    match node:
        case TextNode():
            return node.text
        case ListNode():
            return [_words(item) for item in node]
        case MapNode():
            return tuple((entry.key.text, _words(entry.value)) for entry in node)
