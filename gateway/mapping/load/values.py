"""Reading value rules: where a value comes from, its stages, its policies."""

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode
from gateway.errors import Place
from gateway.mapping.language.conditions import Condition
from gateway.mapping.language.conditions_parse import parse_condition
from gateway.mapping.language.rules import (
    Argument,
    Branch,
    Choose,
    Const,
    ConverterCall,
    ErrorPolicy,
    ErrorWord,
    Field,
    FirstOf,
    From,
    Lookup,
    MissingWord,
    Named,
    Ref,
    Text,
    Value,
    ValueOrigin,
    Word,
)
from gateway.mapping.language.templates import names_in, parse_template
from gateway.mapping.language.words import words_of
from gateway.mapping.load.contexts import CONTEXT_WORDS, ContextReader
from gateway.mapping.load.reading import Reading, located
from gateway.mapping.load.target import read_marks

__all__ = ["BLOCK_WORDS", "VALUE_WORDS", "ValueReader", "branch_shape", "otherwise_last"]

BLOCK_WORDS = words_of("a block")
"""All words of a block."""

VALUE_WORDS = words_of("a value")
"""All words of a value rule, with those of the contexts that it may hold."""

_ORIGINS = ("from", "const", "text", "first_of", "choose", "ref")
_VALUE_CONTEXTS = ("in", "join", "all")
_ELSEWHERE = BLOCK_WORDS | CONTEXT_WORDS | {"then", "otherwise", "table", "take", "as_of"}
_DATED = frozenset({"not_after", "not_before"})


class ValueReader:
    """Reads values, conditions, converters and policies of one file."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.contexts = ContextReader(reading, self.value)

    # -- parts that blocks share ------------------------------------------------------------------------------------

    def condition(self, node: Node | None, what: str) -> Condition | None:
        """Read a condition."""
        if node is None:
            return None
        if not isinstance(node, TextNode):
            self.reading.fault("W002", f"{what} must be a condition", node.place)
            return None
        text = located(node)
        return self.reading.attempt(lambda: parse_condition(text, self.reading.syntax))

    def error_policy(self, node: Node | None) -> ErrorPolicy | None:
        """Read `on_error`."""
        if node is None:
            return None
        if isinstance(node, TextNode):
            word = self.reading.choice(node, "on_error", ErrorWord)
            if word is ErrorWord.USE:
                self.reading.fault("W004", "'use' needs the substitute: {use: VALUE}", node.place)
                return None
            return None if word is None else ErrorPolicy(word, node.place)
        words = self.reading.words(node, words_of("on_error"), "on_error")
        if words is None:
            return None
        use = self.reading.word(words.get("use"), "use")
        if use is None:
            self.reading.fault("W003", "on_error needs 'use' here", node.place)
            return None
        return ErrorPolicy(ErrorWord.USE, node.place, use, self.reading.boolean(words.get("keep"), "keep"))

    def converters(self, node: Node | None, what: str = "convert") -> tuple[ConverterCall, ...]:
        """Read a list of converters."""
        if node is None:
            return ()
        calls: list[ConverterCall] = []
        for item in self.reading.items(node, what):
            if isinstance(item, TextNode):
                calls.append(ConverterCall(Word(item.text, item.place), None, item.place))
            elif isinstance(item, MapNode) and len(item.entries) == 1:
                key, argument = item.entries[0].key, item.entries[0].value
                calls.append(ConverterCall(Word(key.text, key.place), self._argument(argument, key.text), key.place))
            else:
                message = "a converter is a name, or a name with its argument: {name: ...}"
                self.reading.fault("W002", message, item.place)
        return tuple(calls)

    def _argument(self, node: Node, name: str) -> Argument | None:
        if name in _DATED:
            return self.value(node)
        if isinstance(node, TextNode):
            return Word(node.text, node.place)
        if isinstance(node, ListNode):
            items = (self._argument(item, "") for item in node.items)
            return tuple(item for item in items if item is not None)
        entries: list[tuple[Word, Argument]] = []
        for entry in node.entries:
            argument = self._argument(entry.value, entry.key.text)
            if argument is not None:
                entries.append((Word(entry.key.text, entry.key.place), argument))
        return Named(tuple(entries), node.place)

    # -- values -----------------------------------------------------------------------------------------------------

    def value(self, node: Node, besides: frozenset[str] = frozenset()) -> Value | None:
        """Read a value rule: a path, or a mapping of words. `besides` are words that somebody else reads."""
        if isinstance(node, TextNode):
            path = self.reading.path(node, "a value")
            return None if path is None else Value(From(path, node.place), node.place)
        words = self.reading.words(node, VALUE_WORDS | besides, "a value", _ELSEWHERE)
        if words is None:
            return None
        before = len(self.reading.faults)
        origin = self._origin(words, node.place)
        if isinstance(node, MapNode) and len(words) < len(node.entries):
            # A misspelt word is one fault, not also a missing one.
            self.reading.faults[before:] = [fault for fault in self.reading.faults[before:] if fault.code != "W004"]
        value = Value(
            origin if origin is not None else Const(Word("", node.place), node.place),
            node.place,
            when=self.condition(words.get("when"), "when"),
            converts=self.converters(words.get("convert")),
            lookup=self._lookup(words.get("lookup")),
            pick=self.contexts.pick(words.get("pick")),
            default=self.reading.word(words.get("default"), "default"),
            nulls=self.reading.word_list(words["nulls"], "nulls") if "nulls" in words else None,
            on_missing=self.reading.choice(words.get("on_missing"), "on_missing", MissingWord),
            on_error=self.error_policy(words.get("on_error")),
            mark=self.marks(words.get("mark")),
            reverse=self.reading.word(words.get("reverse"), "reverse"),
            note=self.reading.word(words.get("note"), "note"),
        )
        return value if origin is not None else None

    def marks(self, node: Node | None) -> tuple[Field, ...]:
        """Read `mark:`."""
        return () if node is None else read_marks(self.reading, node, self.value)

    def named(self, node: Node, what: str) -> tuple[tuple[Word, Value], ...]:
        """Read values by name."""
        pairs = ((name, self.value(item)) for name, item in self.reading.pairs(node, what))
        return tuple((name, value) for name, value in pairs if value is not None)

    def _origin(self, words: dict[str, Node], place: Place) -> ValueOrigin | None:
        written = [word for word in _ORIGINS if word in words]
        contexts = [word for word in _VALUE_CONTEXTS if word in words]
        lookup = words.get("lookup")
        composite = isinstance(lookup, MapNode) and "key" in lookup
        if contexts:
            return self._through(words, contexts, written, place)
        if "text" in words and set(written) <= {"from", "text"}:
            return self._text(words, place)
        if composite and not written:
            return Text(None, (), place)
        if len(written) != 1:
            message = f"a value has exactly one of {', '.join(_ORIGINS)}"
            self.reading.fault("W004", message, place)
            return None
        if "key" in words and written[0] != "ref":
            self.reading.fault("W006", "'key' goes with 'ref' or 'join'", words["key"].place)
        return self._single(written[0], words, place)

    def _through(
        self, words: dict[str, Node], contexts: list[str], written: list[str], place: Place
    ) -> ValueOrigin | None:
        """Read a value that comes through a context: `{in: row, from: x}`."""
        if len(contexts) > 1 or set(written) - {"from"}:
            self.reading.fault("W004", f"'{contexts[0]}' goes with 'from' alone", place)
            return None
        context = self.contexts.from_words(contexts[0], words, place)
        return None if context is None else From(context, place)

    def _single(self, word: str, words: dict[str, Node], place: Place) -> ValueOrigin | None:
        node = words[word]
        match word:
            case "from":
                return self._from(node, place)
            case "const":
                const = self.reading.word(node, "const")
                return None if const is None else Const(const, place)
            case "first_of":
                values = (self.value(item) for item in self.reading.some(node, "first_of"))
                return FirstOf(tuple(value for value in values if value is not None), place)
            case "choose":
                return self._choose(node, place)
            case _:
                keys = self.contexts.keys(words["key"]) if "key" in words else None
                listed = isinstance(node, ListNode)
                name = None if listed else self.reading.word(node, "ref")
                names = self.reading.word_list(node, "ref") if listed else (name,) if name else ()
                return Ref(names, keys, place) if names else None

    def _from(self, node: Node, place: Place) -> ValueOrigin | None:
        if isinstance(node, MapNode) and CONTEXT_WORDS.isdisjoint(node.keys()):
            return Text(None, self.named(node, "from"), place)
        context = self.contexts.context(node)
        return None if context is None else From(context, place)

    def _text(self, words: dict[str, Node], place: Place) -> ValueOrigin | None:
        node = words["text"]
        source = words.get("from")
        names: tuple[tuple[Word, Value], ...] = ()
        if source is not None:
            if not isinstance(source, MapNode) or not CONTEXT_WORDS.isdisjoint(source.keys()):
                message = "with 'text', 'from' names its values: {f: PATH, g: PATH}"
                self.reading.fault("W002", message, source.place)
                return None
            names = self.named(source, "from")
        if not isinstance(node, TextNode):
            self.reading.fault("W002", "text must be a single text", node.place)
            return None
        text = located(node)
        template = self.reading.attempt(lambda: parse_template(text, {name.text for name, _ in names}))
        if template is None:
            return None
        used = {name.text for name in names_in(template)}
        for name, _ in names:
            if name.text not in used:
                message = f"the value '{name.text}' is read, and the text does not hold it"
                self.reading.fault("W008", message, name.place, f"write {{{name.text}}} into the text, or remove it")
        return Text(template, names, place)

    def _choose(self, node: Node, place: Place) -> ValueOrigin | None:
        branches: list[Branch] = []
        for item in self.reading.some(node, "choose"):
            words = self.reading.words(item, words_of("a branch of choose"), "a branch of choose", VALUE_WORDS)
            if words is None or not branch_shape(self.reading, words, item.place):
                continue
            when = self.condition(words.get("when"), "when")
            then = self.value(words["then"] if "when" in words else words["otherwise"])
            if then is not None and (when is not None or "otherwise" in words):
                branches.append(Branch(when, then, item.place))
        otherwise_last(self.reading, [(branch.when is None, branch.place) for branch in branches])
        return Choose(tuple(branches), place)

    def _lookup(self, node: Node | None) -> Lookup | None:
        if node is None:
            return None
        if isinstance(node, TextNode):
            return Lookup(Word(node.text, node.place), (), None, None, node.place)
        words = self.reading.words(node, words_of("lookup"), "lookup")
        if words is None:
            return None
        table = self.reading.required(words.get("table"), "table", node.place)
        keys = self.named(words["key"], "key") if "key" in words else ()
        as_of = self.contexts.context(words["as_of"]) if "as_of" in words else None
        return Lookup(table, keys, self.reading.word(words.get("take"), "take"), as_of, node.place)


def branch_shape(reading: Reading, words: dict[str, Node], place: Place) -> bool:
    """Note W004 unless a branch is `when` and `then`, or `otherwise` alone."""
    if set(words) in ({"when", "then"}, {"otherwise"}):
        return True
    reading.fault("W004", "a branch is {when: CONDITION, then: ...} or {otherwise: ...}", place)
    return False


def otherwise_last(reading: Reading, branches: list[tuple[bool, Place]]) -> None:
    """Note W006 for a branch that stands behind `otherwise`."""
    for position, (otherwise, place) in enumerate(branches):
        if otherwise and position < len(branches) - 1:
            reading.fault("W006", "branches behind 'otherwise' are never asked", place)
