"""A mapping file to `Mapping`, or all its faults at once.

Guarantees that a mapping which was loaded has only known words, each in its place, and that every path, condition,
template and key in it can be read. Not decided here: whether paths exist, names are defined and required targets are
filled (`check`). Reads no disk: the files of the deployment come as values.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Files

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.file import (
    Assumption,
    Check,
    Defaults,
    Ignore,
    Index,
    Mapping,
    MarkBy,
    Part,
    PatternItem,
    PatternUse,
    Split,
    TableUse,
)
from gateway.mapping.language.rules import Context, Field, Group, Parse, PickKind, Slots, Word
from gateway.mapping.language.words import words_of
from gateway.mapping.load.blocks import BlockReader
from gateway.mapping.load.parts import part_calls, read_parts
from gateway.mapping.load.reading import Reading, located, suggestion
from gateway.mapping.load.source import read_source, read_target
from gateway.mapping.paths.path import Syntax

__all__ = ["FILE_WORDS", "load_mapping"]

FILE_WORDS = words_of("a mapping file")
"""All words of a mapping file."""


def load_mapping(path: str, files: Files[str, bytes]) -> Mapping:
    """Load the mapping at `path` with its parts; `files` are all files of the deployment by POSIX path.

    Raises `DefinitionRefused` with every fault found, sorted by place.
    """
    data = files.get(path)
    if data is None:
        raise DefinitionRefused(Fault("W009", "this file is not in the deployment", Place(path)))
    node = read_yaml(data, path)
    reading = Reading(path, Syntax.XPATH)
    words = reading.words(node, FILE_WORDS, "a mapping file")
    mapping = None if words is None else _FileReader(reading, words, files).mapping()
    if reading.faults or mapping is None:
        raise DefinitionRefused.of(sorted(reading.faults, key=lambda fault: (fault.place, fault.code)))
    return mapping


class _FileReader:
    def __init__(self, reading: Reading, words: dict[str, Node], files: Files[str, bytes]) -> None:
        self._reading = reading
        self._words = words
        self._files = files
        self._place = Place(reading.file, 1, 1)
        self.source = read_source(reading, words.get("source"), self._place)
        self.target = read_target(reading, words.get("target"), self._place)
        self._blocks = BlockReader(reading, self.target.format.text)
        self._values = self._blocks.values

    def mapping(self) -> Mapping:
        reading, words = self._reading, self._words
        if (self.source.format.text == "exchange") == (self.target.format.text == "exchange"):
            message = "either the source or the target is the exchange format"
            reading.fault("W006", message, self.target.format.place)
        splits = self._splits()
        parts = read_parts(reading, words.get("use"), self._files, self.source.format.text)
        self._check_parts(splits, parts)
        return Mapping(
            file=reading.file,
            name=reading.required(words.get("mapping"), "the name of the mapping", self._place),
            version=reading.required(words.get("version"), "the version of the mapping", self._place),
            source=self.source,
            target=self.target,
            splits=splits,
            place=self._place,
            owner=reading.word(words.get("owner"), "owner"),
            note=reading.word(words.get("note"), "note"),
            inverse_of=reading.word(words.get("inverse_of"), "inverse_of"),
            tables=self._tables(),
            patterns=self._patterns(),
            index=self._indexes(),
            defaults=self._defaults(),
            parts=parts,
            assume=tuple(self._assumptions()),
            checks=tuple(self._checks()),
            ignore=tuple(self._ignores()),
            mark_by=self._mark_by(),
            tests=reading.word(words.get("tests"), "tests"),
        )

    def _splits(self) -> tuple[Split, ...]:
        reading, words = self._reading, self._words
        if ("map" in words) == ("split" in words):
            reading.fault("W004", "a mapping has 'map' or 'split', one of them", self._place)
        if "map" in words:
            fields = self._blocks.fields(words["map"], "map")
            return (Split(None, None, None, None, fields, words["map"].place),)
        splits: list[Split] = []
        for name, node in reading.pairs(words["split"], "split") if "split" in words else ():
            inner = reading.words(node, words_of("an entry of split"), "an entry of split", {"at", "fields", "key"})
            if inner is None:
                continue
            for word in ("each", "map"):
                if word not in inner:
                    reading.fault("W003", f"an entry of split needs '{word}'", node.place)
            each = self._values.contexts.context(inner["each"]) if "each" in inner else None
            fields = self._blocks.fields(inner["map"], "map") if "map" in inner else ()
            where = self._values.condition(inner.get("where"), "where")
            splits.append(Split(name, each, where, reading.word(inner.get("as"), "as"), fields, name.place))
        return tuple(splits)

    def _check_parts(self, splits: tuple[Split, ...], parts: tuple[Part, ...]) -> None:
        known = [part.name.text for part in parts]
        calls = [call for split in splits for call in part_calls(split.fields)]
        calls.extend(call for part in parts for call in part_calls(part.fields))
        for call in calls:
            if call.text not in known:
                message = f"no part is named '{call.text}'{suggestion(call.text, known)}"
                self._reading.fault("U002", message, call.place, "list its file under 'use'")

    def _tables(self) -> tuple[TableUse, ...]:
        reading = self._reading
        tables: list[TableUse] = []
        for name, node in reading.pairs(self._words["tables"], "tables") if "tables" in self._words else ():
            path = reading.word(node, "the path of a table")
            if path is not None:
                tables.append(TableUse(name, path))
        return tuple(tables)

    # -- patterns and indexes ---------------------------------------------------------------------------------------

    def _patterns(self) -> tuple[PatternUse, ...]:
        reading = self._reading
        pairs = reading.pairs(self._words["patterns"], "patterns") if "patterns" in self._words else ()
        patterns = (self._pattern(name, node) for name, node in pairs)
        return tuple(pattern for pattern in patterns if pattern is not None)

    def _pattern(self, name: Word, node: Node) -> PatternUse | None:
        reading = self._reading
        if isinstance(node, TextNode):
            return PatternUse(name, node.place, pattern=Word(node.text, node.place))
        words = reading.words(node, words_of("a pattern"), "a pattern", {"as", "many"})
        if words is None:
            return None
        if ("pattern" in words) == ("items" in words):
            reading.fault("W004", "a pattern has 'pattern', or 'items' with 'read' and 'rest'", node.place)
            return None
        write = reading.word(words.get("write"), "write")
        if "pattern" in words:
            return PatternUse(name, node.place, pattern=reading.word(words["pattern"], "pattern"), write=write)
        items = reading.words(words["items"], words_of("items"), "items")
        if items is None:
            return None
        separator = reading.required(items.get("separator"), "separator", words["items"].place)
        if not separator.text:
            reading.fault("W005", "separator must not be empty", separator.place)
        read = tuple(
            item
            for entry in (reading.items(words["read"], "read") if "read" in words else ())
            if (item := self._pattern_item(entry, with_pattern=True)) is not None
        )
        rest = None if "rest" not in words else self._pattern_item(words["rest"], with_pattern=False)
        if "rest" not in words:
            message = "packed text needs 'rest': an item nobody expected must be accounted for"
            reading.fault("W003", message, node.place, "write rest: {as: other, many: true}")
        end = reading.word(items.get("end"), "end")
        return PatternUse(name, node.place, write=write, separator=separator, end=end, read=read, rest=rest)

    def _pattern_item(self, node: Node, *, with_pattern: bool) -> PatternItem | None:
        reading = self._reading
        allowed = words_of("an item of a packed text" if with_pattern else "an item left over")
        words = reading.words(node, allowed, "an item of a packed text")
        if words is None:
            return None
        name = reading.required(words.get("as"), "as", node.place)
        pattern = reading.required(words.get("pattern"), "pattern", node.place) if with_pattern else None
        return PatternItem(name, pattern, reading.boolean(words.get("many"), "many"), node.place)

    def _indexes(self) -> tuple[Index, ...]:
        reading = self._reading
        indexes: list[Index] = []
        for name, node in reading.pairs(self._words["index"], "index") if "index" in self._words else ():
            words = reading.words(node, words_of("an index"), "an index")
            if words is None:
                continue
            over = reading.path(words.get("over"), "over")
            keys = self._values.contexts.paths(words.get("key"), "key")
            for word in ("over", "key"):
                if word not in words:
                    reading.fault("W003", f"an index needs '{word}'", node.place)
            many = reading.boolean(words.get("many"), "many")
            pick = self._values.contexts.pick_of_nodes(words.get("pick"), "an index")
            if pick is not None and pick.kind is PickKind.ONLY:
                message = "'only' is what an index without pick does: a second record with one key is R116"
                reading.fault("W006", message, pick.place, "remove pick, or write first, last, max or min")
            if many and pick is not None:
                reading.fault("W006", "'many' and 'pick' contradict each other", pick.place)
            leftover = reading.one_of(words.get("leftover"), "leftover", ("warn", "quarantine", "ignore"))
            policy = self._values.error_policy(words.get("on_error"))
            if over is not None and keys:
                indexes.append(Index(name, over, keys, many, pick, leftover, policy, node.place))
        return tuple(indexes)

    # -- defaults, ignore, check ------------------------------------------------------------------------------------

    def _defaults(self) -> Defaults:
        reading = self._reading
        node = self._words.get("defaults")
        words = None if node is None else reading.words(node, words_of("defaults"), "defaults")
        if words is None:
            return Defaults()
        values = self._values.reading
        missing = Defaults().on_missing
        chosen = values.choice(words.get("on_missing"), "on_missing", type(missing))
        return Defaults(
            clean=self._values.converters(words["clean"], "clean") if "clean" in words else None,
            empty_is=reading.one_of(words.get("empty_is"), "empty_is", ("missing", "error")),
            nulls=reading.word_list(words.get("nulls"), "nulls"),
            on_missing=missing if chosen is None else chosen,
            on_error=self._values.error_policy(words.get("on_error")) or Defaults().on_error,
        )

    def _assumptions(self) -> Iterator[Assumption]:
        for entry in self._reading.map_entries(self._words.get("assume"), "assume"):
            path = self._reading.path_of(located(entry.key))
            kind = self._reading.one_of(
                entry.value, "a type", ("text", "integer", "decimal", "boolean", "object", "list")
            )
            if path is not None and kind is not None:
                yield Assumption(path, kind)

    def _checks(self) -> Iterator[Check]:
        node = self._words.get("check")
        if node is None:
            return
        for item in node.items if isinstance(node, ListNode) else (node,):
            words = self._reading.words(item, words_of("check"), "check")
            if words is None:
                continue
            if "that" not in words:
                self._reading.fault("W003", "check needs 'that'", item.place)
            that = self._values.condition(words.get("that"), "that")
            policy = self._reading.one_of(words.get("on_error"), "on_error", ("warn", "quarantine", "refuse"))
            if that is not None:
                yield Check(that, policy, self._reading.word(words.get("note"), "note"), item.place)

    def _ignores(self) -> Iterator[Ignore]:
        for entry in self._reading.map_entries(self._words.get("ignore"), "ignore"):
            path = self._reading.path_of(located(entry.key))
            if path is None:
                continue
            contents = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
            for content in contents:
                if isinstance(content, MapNode):
                    words = self._reading.words(content, words_of("ignore"), "ignore") or {}
                    why = self._reading.required(words.get("why"), "why", content.place)
                    where = self._values.condition(words.get("where"), "where")
                    yield Ignore(path, where, why, entry.key.place)
                else:
                    why = self._reading.required(content, "the reason", content.place)
                    yield Ignore(path, None, why, entry.key.place)

    def _mark_by(self) -> tuple[MarkBy, ...]:
        node = self._words.get("mark_by")
        marks: list[MarkBy] = []
        for item in (node.items if isinstance(node, ListNode) else (node,)) if node is not None else ():
            words = self._reading.words(item, words_of("mark_by"), "mark_by")
            if words is None:
                continue
            for word in ("each", "selects", "mark"):
                if word not in words:
                    self._reading.fault("W003", f"mark_by needs '{word}'", item.place)
            each: Context | None = self._values.contexts.context(words["each"]) if "each" in words else None
            selects = self._reading.path(words.get("selects"), "selects")
            mark: tuple[Field, ...] = self._values.marks(words.get("mark"))
            if isinstance(each, Group | Slots | Parse):
                self._reading.fault(
                    "W006", "mark_by goes to nodes of the document: a path, or all of an index", each.place
                )
            if words.get("mark") is not None and not mark:
                self._reading.fault("W003", "mark_by needs a mark", words["mark"].place)
            if each is not None and selects is not None and mark:
                marks.append(MarkBy(each, selects, mark, item.place))
        return tuple(marks)
