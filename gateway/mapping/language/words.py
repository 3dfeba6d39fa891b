"""All words of the language, by the place where they stand, with what each takes and what it means.

The loader, the JSON Schema for editors, the language server and the reference page all read this one list, so that none
knows a word the others do not. What a word takes is one of the kinds in `Meaning`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

__all__ = ["PLACES", "Meaning", "PlaceWords", "words_of"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word takes, and what it means, in one sentence.

    `takes` is text, path, paths, condition, boolean, value, context, contexts, entry, converters, missing, error, pick
    or name; `a|b` for one of a few words; `{PLACE}` for the words of a place; `*KIND` for names with that each;
    `[KIND]` for a list; `KIND?` for one or a list; `KIND/KIND` for either, `KIND or KIND` where one begins with a star.
    """

    takes: str
    summary: str


PlaceWords: TypeAlias = Mapping[str, Meaning]


def _words(**meanings: tuple[str, str]) -> PlaceWords:
    return MappingProxyType({name.rstrip("_"): Meaning(*pair) for name, pair in meanings.items()})


_FIELDS = ("*entry", "The target's fields, by their names: what each is filled with.")
_NULLS = ("[text]", "Texts that the source writes for a value it does not have.")
_MISSING = ("missing", "What happens when the source value is not there.")
_ERROR = ("error", "What happens when the source value is there and cannot be used.")
_NOTE = ("text", "A remark for people; it changes nothing.")
_WHEN = ("condition", "Only where this condition holds; else nothing is written, and nothing is missing.")
_WHERE = ("condition", "Take only the nodes for which this condition holds.")
_MARK = ("*value", "Statements and handling of what is written here: statement.* and handling.*.")
_AS = ("name", "A name for this block, by which others look outward (in) and refer to it (ref).")
_TEXT_FORMAT = ("text", "The encoding of the bytes; utf-8 if left out.")
_DELIMITER = ("text", "The character between cells; a comma if left out.")
_HEADER = ("boolean", "Whether the first line has the headings; true if left out.")
_COLUMNS = ("[text] or *text/{a column}", "The columns by name: a heading, or a position where there is no header.")
_LINE_END = ("crlf|lf|none", "What ends a line.")
_END_MARK = ("boolean", "Whether a Ctrl-Z ends the file.")
_TYPE = ("text|integer|decimal", "What the cells hold; numbers lose their leading zeros as keys.")

PLACES: Mapping[str, PlaceWords] = MappingProxyType(
    {
        "a mapping file": _words(
            mapping=("text", "The name of the mapping: agency.format."),
            version=("text", "The version of the mapping, of this file alone."),
            owner=("text", "Who answers for the mapping."),
            note=_NOTE,
            inverse_of=("text", "The mapping whose way back this one is."),
            source=("{source}", "What is read."),
            target=("{target}", "What is written."),
            tables=("*text", "Code tables by name: the path of a CSV file each."),
            patterns=("*text/{a pattern}", "Patterns by name, for matches() and parse."),
            index=("*{an index}", "Records by key, for join and all."),
            defaults=("{defaults}", "Clean-up and policies where a rule says nothing of its own."),
            use=("[text]", "Part files whose parts are called here."),
            assume=("*text", "Types of paths that the schema leaves open."),
            check=("{check}?", "What must hold of the whole document."),
            split=("*{an entry of split}", "Kinds of messages in one document."),
            map=_FIELDS,
            ignore=("*text/{ignore}?", "Source paths that are left out, each with its reason."),
            mark_by=("{mark_by}?", "Markings of the source that name the places they are about."),
            tests=("text", "The tests file, where it does not stand beside the mapping."),
        ),
        "source": _words(
            format=("xml|json|jsonl|csv|fixed|edifact|set|exchange", "The format of the source."),
            schema=("text", "The path of the schema: XSD or JSON Schema."),
            root=("text", "The element, or the member, where a document begins."),
            default_namespace=("text", "The namespace of names without a prefix."),
            namespaces=("*text", "Namespaces by prefix."),
            encoding=_TEXT_FORMAT,
            reading=("whole|streamed", "Whether a document is held whole, or its items one by one."),
            nulls=_NULLS,
            open=("warn|quarantine", "What happens to content that the schema neither names nor forbids."),
            counts=("warn|quarantine|refuse", "What happens when an interchange counts wrongly."),
            members=("*{a member}", "The files of a set, by name."),
            file=("text", "The name of the file."),
            header=_HEADER,
            delimiter=_DELIMITER,
            columns=_COLUMNS,
            line_end=_LINE_END,
            end_mark=_END_MARK,
            layout=("text", "The path of the layout of an EDIFACT message."),
            records=("*{a record}", "The record types of fixed width or of delimited lines, by name."),
            version=("text", "The version of the exchange format."),
            width=("text", "The width of all records where no line ends them."),
        ),
        "a member": _words(
            file=("text", "The name of the file; * stands for anything."),
            format=("csv|fixed", "The format of the member."),
            header=_HEADER,
            delimiter=_DELIMITER,
            columns=_COLUMNS,
            line_end=_LINE_END,
            end_mark=_END_MARK,
            encoding=_TEXT_FORMAT,
            nulls=_NULLS,
            records=("*{a record}", "The record types of the member, by name."),
            width=("text", "The width of all records where no line ends them."),
        ),
        "a column": _words(at=("text", "The heading, or the position from 1."), type=_TYPE, nulls=_NULLS),
        "a record": _words(
            is_=("*text?", "Where and by which text a line is told to be of this type."),
            under=("text", "The record type whose nearest line before this one stands under."),
            many=("boolean", "Whether there may be several under one."),
            unit=("characters|bytes", "What positions count."),
            fields=("*text/{a field}", "The fields by name: a range of positions such as 3-32."),
            slots=("*{slots}", "Groups of fields that repeat along the line."),
        ),
        "slots": _words(
            count=("text", "How many there are."),
            from_=("text", "The position of the first."),
            width=("text", "The width of each."),
            fields=("*text/{a field}", "The fields within one, counted from its start."),
        ),
        "a field": _words(at=("text", "The range of positions."), type=_TYPE, nulls=_NULLS),
        "target": _words(
            format=("exchange|json|xml|csv", "The format of the target."),
            version=("text", "The version of the exchange format."),
            schema=("text", "The path of the partner's schema."),
            root=("text", "The element that is written."),
            default_namespace=("text", "The namespace of what is written."),
            profile=("text", "The profile of the exchange format."),
            encoding=_TEXT_FORMAT,
            delimiter=_DELIMITER,
        ),
        "defaults": _words(
            clean=("converters", "What is done to every text first."),
            empty_is=("missing|error", "Whether a blank text is missing, or cannot be used."),
            nulls=_NULLS,
            on_missing=_MISSING,
            on_error=_ERROR,
        ),
        "an entry of split": _words(
            each=("context", "The nodes that are a message each."), where=_WHERE, as_=_AS, map=_FIELDS
        ),
        "a pattern": _words(
            pattern=("text", "The expression over the whole text, with named groups."),
            write=("text", "The template for the way back."),
            items=("{items}", "Packed text: how its items are told apart."),
            read=("[{an item of a packed text}]", "The items that are known, by pattern."),
            rest=("{an item left over}", "Where every other item goes."),
        ),
        "items": _words(separator=("text", "What stands between items."), end=("text", "What ends the text.")),
        "an item of a packed text": _words(
            as_=("name", "The name under which the item is read."),
            many=("boolean", "Whether it may occur several times."),
            pattern=("text", "The expression of the item."),
        ),
        "an item left over": _words(
            as_=("name", "The name under which the rest is read."),
            many=("boolean", "Whether there may be several."),
        ),
        "an index": _words(
            over=("path", "The records."),
            key=("paths", "What a record is found by."),
            many=("boolean", "Whether several records may have one key."),
            pick=("pick", "Which of several records with one key counts."),
            leftover=("warn|quarantine|ignore", "What happens to records that no join reaches."),
            on_error=_ERROR,
        ),
        "check": _words(
            that=("condition", "What must hold of the document."),
            on_error=("warn|quarantine|refuse", "What happens when it does not hold."),
            note=_NOTE,
        ),
        "ignore": _words(where=("condition", "Only the nodes for which this holds."), why=("text", "The reason.")),
        "mark_by": _words(
            each=("context", "The markings."),
            selects=("path", "Where a marking names the place it is about."),
            mark=_MARK,
        ),
        "a block": _words(
            at=("context", "Move to one node, or to none."),
            each=("context", "Move to every node, one after the other."),
            where=_WHERE,
            when=_WHEN,
            as_=_AS,
            key=("contexts", "What tells items apart, and what references look for."),
            fields=_FIELDS,
            value=("value", "The value of each item, where items are no objects."),
            part=("text", "The part that fills this block."),
            choose=("[{a branch of choose}]", "The first branch whose condition holds."),
            pick=("pick", "Which of several nodes counts."),
            mark=_MARK,
        ),
        "a value": _words(
            from_=("context or *value", "The path that is read; with text, values by name."),
            const=("text", "A fixed value."),
            text=("text", "A template over named values; what is in brackets falls out when a name in it is missing."),
            first_of=("[value]", "The first value that is not missing."),
            choose=("[{a branch of choose}]", "The first branch whose condition holds."),
            when=_WHEN,
            ref=("text/[text]", "A reference to an entity, by the name of its block."),
            key=("contexts", "The key of the entity, or of the record, that is looked for."),
            convert=("converters", "What is done to the value, from left to right."),
            lookup=("text/{lookup}", "The code table that translates the value."),
            pick=("pick", "Which of several values counts."),
            default=("text", "What is written when the value is missing; never when it is bad."),
            nulls=_NULLS,
            on_missing=_MISSING,
            on_error=_ERROR,
            mark=_MARK,
            reverse=("text", "How the way back is drafted."),
            note=_NOTE,
            in_=("name", "The block around from which the path leads, or envelope."),
            join=("text", "The index in which the record is looked for."),
            all=("text", "The index whose records are all taken."),
        ),
        "a branch of choose": _words(
            when=("condition", "The condition of the branch."),
            then=("entry", "What is written when it holds."),
            otherwise=("entry", "What is written when no condition before it holds."),
        ),
        "lookup": _words(
            table=("text", "The table."),
            key=("*value", "Values by the names of the table's key columns."),
            take=("text", "The column that is written; target if left out."),
            as_of=("context", "The date at which the row must be valid."),
        ),
        "pick": _words(
            max=("path", "The node with the largest value at a path."),
            min=("path", "The node with the smallest value at a path."),
            concat=("text", "All values, with this text between them."),
        ),
        "on_error": _words(
            use=("text", "A fixed substitute, with a warning."),
            keep=("boolean", "Whether the source text is kept beside the substitute."),
        ),
        "a context with 'in'": _words(
            in_=("name", "The block around from which the path leads, or envelope."), from_=("path", "The path.")
        ),
        "a context with 'join'": _words(
            join=("text", "The index."),
            key=("contexts", "The key that is looked for."),
            from_=("path", "The path from the record."),
        ),
        "a context with 'all'": _words(all=("text", "The index."), from_=("path", "The path from each record.")),
        "a context with 'group'": _words(
            group=("paths", "The flat records that are put together."),
            by=("paths", "The fields that are equal within a group."),
            adjacent=("boolean", "Whether only neighbours are put together."),
        ),
        "a context with 'slots'": _words(
            slots=("text/[path]", "Places in their order, or a range of numbers."),
            of=("*path/[path]", "The fields of a slot by name; # stands for its number."),
        ),
        "a part file": _words(
            part=("text", "The name of the part."),
            format=("text", "The format of the sources it reads."),
            has=("*text", "What it expects of the node it is called at, by path."),
            fields=_FIELDS,
            use=("[text]", "Part files whose parts are called here."),
        ),
    }
)
"""Every place of a mapping with its words. `parse` is a word of contexts that is read with those of a value."""


def words_of(place: str) -> frozenset[str]:
    """Give the words that may stand at a place."""
    return frozenset(PLACES[place])
