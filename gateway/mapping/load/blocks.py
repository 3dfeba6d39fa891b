"""Reading blocks and the fields they fill."""

from gateway.document.yaml_nodes import ListNode, MapNode, Node
from gateway.errors import Place
from gateway.mapping.language.rules import Block, BlockBranch, Field, Move, Value
from gateway.mapping.language.words import words_of
from gateway.mapping.load.reading import Reading, located
from gateway.mapping.load.target import parse_key
from gateway.mapping.load.values import BLOCK_WORDS, VALUE_WORDS, ValueReader, branch_shape, otherwise_last

__all__ = ["MAX_NESTING", "BlockReader"]

MAX_NESTING = 24
"""How deep blocks may nest in one file."""

_ONLY_BLOCK = frozenset({"at", "each", "where", "as", "fields", "value", "part"})
_FILLS = ("fields", "value", "part", "choose")


class BlockReader:
    """Reads `map:` and `fields:` of one file, in the notation of its target format."""

    def __init__(self, reading: Reading, target: str) -> None:
        self.reading = reading
        self.values = ValueReader(reading)
        self._target = target
        self._depth = 0

    def fields(self, node: Node, what: str) -> tuple[Field, ...]:
        """Read target keys and their contents."""
        found = self.reading.mapping(node, what)
        fields: list[Field] = []
        for entry in () if found is None else found.entries:
            key, content = entry.key, entry.value
            text = located(key)
            target = self.reading.attempt(lambda text=text: parse_key(text, self._target))  # type: ignore[misc]  # bound now
            filled = self._content(content)
            if target is None or filled is None:
                continue
            if not target.many and isinstance(filled, tuple) and isinstance(content, ListNode):
                self.reading.fault("W002", "a list of blocks stands under a key with '[]' only", content.place)
                continue
            fields.append(Field(target, filled, key.place))
        return tuple(fields)

    def _content(self, node: Node) -> Value | tuple[Block, ...] | None:
        if isinstance(node, ListNode):
            blocks = (self._entry(item) for item in node.items)
            return tuple(block for block in blocks if block is not None)
        if self._is_block(node):
            block = self.block(node)
            return None if block is None else (block,)
        return self.values.value(node)

    def _entry(self, node: Node) -> Block | None:
        if self._is_block(node):
            return self.block(node)
        value = self.values.value(node)
        return None if value is None else Block(node.place, value=value)

    def _is_block(self, node: Node) -> bool:
        if not isinstance(node, MapNode):
            return False
        if not _ONLY_BLOCK.isdisjoint(node.keys()):
            return True
        chosen = node.get("choose")
        return isinstance(chosen, ListNode) and any(self._block_branch(item) for item in chosen.items)

    def _block_branch(self, node: Node) -> bool:
        """True for a branch of `choose` that fills a block."""
        return isinstance(node, MapNode) and any(
            entry.key.text in {"then", "otherwise"} and self._is_block(entry.value) for entry in node.entries
        )

    def block(self, node: Node) -> Block | None:
        """Read one block."""
        if self._depth >= MAX_NESTING:
            self.reading.fault("W010", f"blocks nest deeper than {MAX_NESTING}", node.place)
            return None
        words = self.reading.words(node, BLOCK_WORDS, "a block", VALUE_WORDS)
        if words is None:
            return None
        self._depth += 1
        try:
            return self._block(words, node.place)
        finally:
            self._depth -= 1

    def _block(self, words: dict[str, Node], place: Place) -> Block:
        written = [word for word in _FILLS if word in words]
        if not written or (len(written) > 1 and written != ["fields", "part"]):
            self.reading.fault("W004", "a block has one of fields, value, part and choose; part may add fields", place)
        value = self.values.value(words["value"]) if "value" in words else None
        return Block(
            place,
            move=self._move(words, place),
            where=self.values.condition(words.get("where"), "where"),
            when=self.values.condition(words.get("when"), "when"),
            name=self.reading.word(words.get("as"), "as"),
            keys=self.values.contexts.keys(words.get("key")),
            fields=self.fields(words["fields"], "fields") if "fields" in words else (),
            value=value,
            part=self.reading.word(words.get("part"), "part"),
            choose=self._branches(words["choose"]) if "choose" in words else (),
            pick=self.values.contexts.pick_of_nodes(words.get("pick"), "a block"),
            mark=self.values.marks(words.get("mark")),
        )

    def _move(self, words: dict[str, Node], place: Place) -> Move | None:
        if "at" in words and "each" in words:
            self.reading.fault("W004", "a block has 'at' or 'each', not both", place)
        node = words.get("each", words.get("at"))
        if node is None:
            if "where" in words:
                self.reading.fault(
                    "W006", "'where' selects the nodes of at or each", words["where"].place, "write 'when'"
                )
            return None
        context = self.values.contexts.context(node)
        return None if context is None else Move("each" in words, context, node.place)

    def _branches(self, node: Node) -> tuple[BlockBranch, ...]:
        branches: list[BlockBranch] = []
        for item in self.reading.some(node, "choose"):
            words = self.reading.words(item, words_of("a branch of choose"), "a branch of choose", BLOCK_WORDS)
            if words is None or not branch_shape(self.reading, words, item.place):
                continue
            when = self.values.condition(words.get("when"), "when")
            then = self._entry(words["then"] if "when" in words else words["otherwise"])
            if then is not None and (when is not None or "otherwise" in words):
                branches.append(BlockBranch(when, then, item.place))
        otherwise_last(self.reading, [(branch.when is None, branch.place) for branch in branches])
        return tuple(branches)
