"""A draft before it is text: rules and blocks, each with why it was guessed, and lines that know what they are of.

Guarantees that what is printed can be read by the strict reader: every text that could mean something to YAML stands in
quotes. A rule without a source is a constant that marks it as open, which the checker refuses (V306).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.mapping.check.tables import UNDECIDED
from gateway.mapping.scaffold.places import Spot

__all__ = ["Block", "Rule", "printed", "quoted"]

_FLOW = re.compile(r"[A-Za-z_$./(][^\s\"'#\[\]{},&*!|>%`:?\\]*(?: [^\s\"'#\[\]{},&*!|>%`:?\\]+)*")
_BLOCK = re.compile(r"[A-Za-z_$./(][^\s\"#\\]*")
_COMMENT_AT = 60


@dataclass(slots=True, eq=False)
class Rule:
    """A key and where its value comes from. `listed` rules write one item of a list; `note` becomes a comment."""

    key: str
    source: Spot | None = None
    table: str = ""
    convert: str = ""
    quarantine: bool = False
    listed: bool = False
    required: bool = False
    note: str = ""
    const: str = UNDECIDED

    def undecide(self) -> None:
        """Make it an open decision again."""
        self.source, self.table, self.convert, self.quarantine = None, "", "", False
        self.note = "required; nothing that fits was found"


@dataclass(slots=True, eq=False)
class Block:
    """A key whose fields are filled from other nodes, or from here where `source` is None."""

    key: str
    source: Spot | None = None
    fields: list["Rule | Block"] = field(default_factory=list)
    required: bool = False
    note: str = ""


def quoted(text: str, *, block: bool = False) -> str:
    """Give a text as a scalar that is read back as itself; in the block style brackets inside it need no quotes."""
    if _FLOW.fullmatch(text) or (block and _BLOCK.fullmatch(text) and not text.endswith(":")):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def printed(fields: list["Rule | Block"], depth: int) -> Iterator[tuple[str, "Rule | Block"]]:
    """Give the lines of fields, each with what it belongs to."""
    for each in fields:
        if isinstance(each, Rule):
            yield _noted("  " * depth + f"{quoted(each.key, block=True)}: {_content(each)}", each.note), each
            continue
        yield _noted("  " * depth + f"{quoted(each.key, block=True)}:", each.note), each
        inner = "  " * (depth + 1)
        if each.source is not None:
            yield f"{inner}{'each' if each.source.many else 'at'}: {quoted(each.source.path, block=True)}", each
        yield f"{inner}fields:", each
        yield from printed(each.fields, depth + 2)


def _content(rule: Rule) -> str:
    if rule.source is None:
        return f"{{const: {quoted(rule.const)}}}"
    path = "." if rule.source.many else rule.source.path
    value = _value(rule, path, flow=rule.source.many)
    if rule.source.many:
        return f"{{each: {quoted(rule.source.path)}, value: {value}}}"
    return value


def _value(rule: Rule, path: str, *, flow: bool) -> str:
    words = [f"from: {quoted(path)}"]
    if rule.convert:
        words.append(f"convert: [{rule.convert}]")
    if rule.table:
        words.append(f"lookup: {rule.table}")
    if rule.quarantine:
        words.append("on_missing: quarantine")
    if rule.table:
        words.append("on_error: quarantine")
    return quoted(path, block=not flow) if len(words) == 1 else f"{{{', '.join(words)}}}"


def _noted(line: str, note: str) -> str:
    return f"{line:<{_COMMENT_AT}}  # {note}" if note else line
