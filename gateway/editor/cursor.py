"""Where a cursor stands in a mapping: which word or text, what kind of thing belongs there, and the blocks around it.

Walks the nodes of a file by the kinds of `language.words`, so that it knows what a word takes as the loader does. Says
nothing where the cursor stands on no word.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode
from gateway.mapping.language.words import PLACES
from gateway.mapping.load.contexts import CONTEXT_WORDS
from gateway.mapping.load.values import BLOCK_WORDS, VALUE_WORDS

__all__ = ["Spot", "find"]

_ONLY_BLOCK = BLOCK_WORDS - VALUE_WORDS
_STARTS = {".part.yaml": "{a part file}"}


@dataclass(frozen=True, slots=True)
class Spot:
    """What was found: the text, the kind of thing that belongs there, and whether it is a key of such a thing.

    `word` is the word that takes the text. `around` are the blocks and messages on the way, `map` is the map it stands
    in, and `keys` are the target's fields on the way.
    """

    node: TextNode
    kind: str
    is_key: bool = False
    word: str = ""
    around: tuple[MapNode, ...] = ()
    map: MapNode | None = None
    keys: tuple[str, ...] = ()


def find(root: Node, file: str, taken: Callable[[TextNode], bool]) -> Spot | None:
    """Find the text that is asked for."""
    kind = next((kind for ending, kind in _STARTS.items() if file.endswith(ending)), "{a mapping file}")
    start = Spot(TextNode("", root.place), kind)
    return next(_search(root, kind, start, taken), None)


def _search(node: Node, kind: str, spot: Spot, taken: Callable[[TextNode], bool]) -> Iterator[Spot]:
    kind = _chosen(kind, node)
    match node:
        case TextNode():
            if taken(node):
                yield replace(spot, node=node, kind=kind)
        case ListNode():
            for item in node.items:
                yield from _search(item, _item(kind), spot, taken)
        case MapNode():
            yield from _entries(node, kind, spot, taken)


def _entries(node: MapNode, kind: str, spot: Spot, taken: Callable[[TextNode], bool]) -> Iterator[Spot]:
    around = spot.around
    if kind in {"{a block}", "{an entry of split}"}:
        around = (*around, node)
    for entry in node.entries:
        inner = replace(spot, around=around, map=node)
        if taken(entry.key):
            # What stands at a block's own line is read where the block stands.
            yield replace(inner, node=entry.key, kind=kind, is_key=True)
            continue
        name = entry.key.text
        takes = "any"
        if kind.startswith("*"):
            takes = kind[1:]
            if takes == "entry":
                inner = replace(inner, keys=(*spot.keys, name))
        elif kind.startswith("{"):
            meaning = PLACES.get(kind[1:-1], {}).get(name)
            takes = "any" if meaning is None else meaning.takes
            if name in {"at", "each"}:
                # The way to a block's nodes begins outside it.
                inner = replace(inner, around=spot.around)
        yield from _search(entry.value, takes, replace(inner, word=name), taken)


def _item(kind: str) -> str:
    if kind.startswith("["):
        return kind[1:-1]
    items = {"entry": "{a block}", "converters": "converter", "paths": "path", "contexts": "context"}
    return items.get(kind, "any")


def _chosen(kind: str, node: Node) -> str:
    """Give the alternative of a kind that goes with a node."""
    if kind.endswith("?"):
        return f"[{kind[:-1]}]" if isinstance(node, ListNode) else _chosen(kind[:-1], node)
    separator = " or " if " or " in kind else "/" if "/" in kind and not kind.startswith("*") else ""
    if separator:
        options = kind.split(separator)
        if isinstance(node, ListNode):
            return next((one for one in options if one.startswith("[")), "any")
        if isinstance(node, TextNode):
            return next((one for one in options if one[0] not in "*{["), "any")
        if "context" in options and not CONTEXT_WORDS.isdisjoint(node.keys()):
            return _chosen("context", node)
        return next((one for one in options if one[0] in "*{"), "any")
    if not isinstance(node, MapNode):
        return kind
    match kind:
        case "entry":
            return "{a block}" if not _ONLY_BLOCK.isdisjoint(node.keys()) else "{a value}"
        case "value":
            return "{a value}"
        case "error":
            return "{on_error}"
        case "pick":
            return "{pick}"
        case "context" | "contexts":
            word = next((key for key in [entry.key.text for entry in node.entries] if key in CONTEXT_WORDS), "")
            return "{a value}" if word in {"", "parse"} else f"{{a context with '{word}'}}"
        case _:
            return kind
