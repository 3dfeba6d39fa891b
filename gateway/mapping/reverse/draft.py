"""Drafting the outbound mapping that undoes an inbound one: what can be undone is written, the rest is a comment.

Guarantees that a draft loads; that it writes nothing it would have to invent (a required place of the source that no
rule can fill is left to the integrator, and the checker names it); and that rules which are reported exact are written
so that reading them again gives the same value. The draft is a mapping like any other: reviewed, tested, owned.
"""

import csv
import io
import posixpath
import re
from dataclasses import dataclass, field

from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.conditions import Compare, Literal
from gateway.mapping.language.rules import Block, Choose, Const, Context, Field, From, Value
from gateway.mapping.layout.fmt import formatted
from gateway.mapping.paths.path import JsonStep, JsonWildcard, Path, XmlStep
from gateway.mapping.program.program import Program
from gateway.mapping.reverse.classify import exact_rules, undone
from gateway.mapping.reverse.rules import names_of, plain
from gateway.mapping.run.fit import Fit
from gateway.mapping.scaffold.nodes import quoted
from gateway.mapping.tables import Match, Table

__all__ = ["ReverseDraft", "draft_reverse"]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_BACK = {Match.EXACT: "exact", Match.CLOSE: "close", Match.NARROWER: "broader", Match.BROADER: "narrower"}


@dataclass(frozen=True, slots=True)
class ReverseDraft:
    """The files of a draft by name: the mapping, and its tables turned round."""

    mapping: str
    files: dict[str, bytes] = field(repr=False)


@dataclass(slots=True, eq=False)
class _Out:
    """A block of the draft: entries by key, each a text in flow style or an inner block with what it goes to."""

    entries: dict[str, "str | tuple[str, _Out]"] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    exact: set[str] = field(default_factory=set)
    """Keys whose rule undoes an exact one: no other takes their place."""


def draft_reverse(program: Program, name: str) -> ReverseDraft:
    """Draft the way back of an inbound mapping as the file `name`.

    Raises `DefinitionRefused` (B001) for a source that no outbound mapping can write.
    """
    mapping = program.mapping
    several = len(mapping.splits) > 1 or any(split.each and not _simple(split.each) for split in mapping.splits)
    if mapping.outbound or mapping.source.format.text not in {"xml", "json"} or several:
        place = mapping.source.format.place
        fix = "the report is given all the same; write the outbound mapping by hand"
        raise DefinitionRefused(
            Fault("B001", "only XML and JSON of one kind of message can be drafted backwards", place, fix)
        )
    return _Drafting(program, name).draft()


class _Drafting:
    def __init__(self, program: Program, name: str) -> None:
        self._mapping = program.mapping
        self._name = name
        self._xml = program.mapping.source.format.text == "xml"
        self._fits: dict[Place, Fit] = {one.place: one.fit for one in program.fields}
        self._fits |= {block.place: block.fit for block in program.blocks if block.value is not None}
        self._tables = {value.lookup.place: value.lookup.table for value in program.values if value.lookup is not None}
        self._parts = {part.name.text: part for part in program.mapping.parts}
        self._used: dict[str, Table] = {}
        self._patterns: dict[str, str] = {}
        self._exact = {rule.field.place for rule in exact_rules(program)}
        self._guards: list[str] = []
        self._loops = 0
        self._top = _Out()

    def draft(self) -> ReverseDraft:
        out = self._top
        for split in self._mapping.splits:
            steps = self._steps(split.each, ()) if isinstance(split.each, Path) else ()
            inner = _Out() if steps else out
            self._fields(split.fields, (), "$", inner)
            if steps:
                self._put(out, self._key(steps) + "[]", ("", inner), "the message")
        rules = _block_lines(out, 1)
        asked = "\n".join(rules)
        self._used = {use: table for use, table in self._used.items() if f"lookup: {use}," in asked}
        files = {self._table_name(use): _turned(table) for use, table in self._used.items()}
        text = "\n".join([*self._head(), "map:", *rules, ""])
        files[self._name] = formatted(text.encode(), self._name)
        return ReverseDraft(self._name, files)

    # -- walking ----------------------------------------------------------------------------------------------------

    def _fields(self, fields: tuple[Field, ...], above: tuple[str, ...], common: str, out: _Out) -> None:
        """Write what the fields read to `above` and below; `common` is where they stand in the exchange format."""
        for one in fields:
            here = ".".join((common, *one.key.steps)) if common else ".".join(one.key.steps)
            if isinstance(one.content, Value):
                self._value(one.place, one.content, above, f"{here}[0]" if one.key.many else here, out)
                continue
            for block in one.content:
                self._block(one, block, above, here, out)

    def _block(self, one: Field, block: Block, above: tuple[str, ...], here: str, out: _Out) -> None:
        left = self._left(block, one)
        steps: tuple[str, ...] | None = above
        if block.move is not None and isinstance(block.move.context, Path):
            steps = self._steps(block.move.context, above)
            if block.move.context.rooted and not self._loops:
                out = self._top
        if left or steps is None:
            out.left.append(f"{here}: {left or 'it reads from elsewhere'}")
            return
        many = block.move is not None and block.move.many
        if not (one.key.many and many):
            self._inside(block, steps, f"{here}[0]" if one.key.many else here, out)
            return
        if block.value is not None:
            self._listed(block, steps, here, out)
            return
        inner = _Out()
        self._loops += 1
        self._inside(block, (), "", inner)
        self._loops -= 1
        alone = inner.entries.get(".")
        if not self._xml and isinstance(alone, str):
            # Items of this list are values in the source.
            out.left += inner.left
            self._put(out, self._key(steps) + "[]", f"{{each: {quoted(here)}, value: {alone}}}", here)
            return
        self._put(out, self._key(steps) + "[]", (f"each: {quoted(here)}", inner), here)

    def _left(self, block: Block, one: Field) -> str:
        """Why a block cannot be turned round as a whole."""
        if block.choose:
            return "which branch it was must be decided by hand"
        if isinstance(one.content, tuple) and len(one.content) > 1:
            return "several blocks fill one list, and must be told apart by hand"
        if block.move is not None and not _simple(block.move.context):
            return "it goes by an index, a group, a position or a part of a text"
        return ""

    def _inside(self, block: Block, above: tuple[str, ...], common: str, out: _Out) -> None:
        part = None if block.part is None else self._parts.get(block.part.text)
        fields = (*(() if part is None else part.fields), *block.fields)
        if block.value is not None:
            self._value(block.place, block.value, above, common, out)
        self._fields(fields, above, common, out)

    def _listed(self, block: Block, steps: tuple[str, ...], here: str, out: _Out) -> None:
        """An item that is a value: it is written for each item of the list."""
        if block.value is None:
            return
        made = self._made(block.value, self._fits.get(block.place), "")
        if made is None or not isinstance(block.value.origin, From) or self._relative(block.value, ()) != ():
            out.left.append(f"{here}: it cannot be undone, or reads from elsewhere")
            return
        self._put(out, self._key(steps) + "[]", f"{{each: {quoted(here)}, value: {made}}}", here)

    # -- values -----------------------------------------------------------------------------------------------------

    def _value(self, place: Place, value: Value, above: tuple[str, ...], here: str, out: _Out) -> None:
        match value.origin:
            case Const(word=word):
                if here.startswith(("$.header.", "$.notice.")) and value.when is None:
                    self._guards.append(f"{self._said(place, here)} == '{word.text}'")
                return
            case Choose():
                self._chosen(place, value.origin, above, here, out)
                return
            case From():
                steps = self._relative(value, above)
            case _:
                out.left.append(f"{here}: it follows from other fields, or from one of several places")
                return
        made = self._made(value, self._fits.get(place), here)
        if steps is None or made is None:
            out.left.append(f"{here}: it cannot be undone, or reads from elsewhere")
            return
        rooted = isinstance(value.origin.context, Path) and value.origin.context.rooted
        self._put(self._top if rooted else out, self._key(steps), made, here, exact=place in self._exact)

    def _said(self, place: Place, here: str) -> str:
        fit = self._fits.get(place)
        return here + {"code": ".code", "date": ".value"}.get("" if fit is None else fit.kind, "")

    def _chosen(self, place: Place, choose: Choose, above: tuple[str, ...], here: str, out: _Out) -> None:
        """Constants that were chosen by one equality: the equality's text is written for each constant."""
        from_path = _equality(choose)
        steps = None if from_path is None else self._steps(from_path, above)
        if from_path is None or steps is None:
            out.left.append(f"{here}: which branch it was does not follow from the value")
            return
        if from_path.rooted:
            out = self._top
        branches: list[str] = []
        for branch in choose.branches:
            origin, when = branch.then.origin, branch.when
            back = branch.then.reverse
            text = when.right.text if isinstance(when, Compare) and isinstance(when.right, Literal) else None
            if text is None and back is not None:
                text = back.text
            if text is None or not isinstance(origin, Const):
                out.left.append(f"{here}: `otherwise` needs `reverse:` with the text to write")
                continue
            test = quoted(f"{self._said(place, here)} == '{origin.word.text}'")
            branches.append(f"{{when: {test}, then: {{const: {quoted(text)}}}}}")
        if branches:
            self._put(out, self._key(steps), f"{{choose: [{', '.join(branches)}]}}", here)

    def _made(self, value: Value, fit: Fit | None, here: str) -> str | None:
        """The value that undoes a rule which reads one place; None where nothing can. A lossy one is noted."""
        kind = "" if fit is None else fit.kind
        name = {"code": "code", "date": "value"}.get(kind, "")
        path = ".".join(filter(None, (here, name))) or "."
        notes = [call.name.text for call in value.converts if not undone(call)]
        words: list[str] = []
        lookup = value.lookup
        if lookup is not None:
            table = self._tables.get(lookup.place)
            if table is None or lookup.keys or lookup.take is not None or lookup.as_of is not None:
                return None
            self._used[lookup.table.text] = table
            words.append(f"lookup: {lookup.table.text}, on_error: quarantine")
        around = [call for call in value.converts if call.name.text in {"prefix", "suffix"}]
        if around:
            return self._stripped(value, path) if len(value.converts) == 1 and lookup is None else None
        if notes and kind == "date":
            raw = ".".join(filter(None, (here, "raw")))
            return f"{{first_of: [{quoted(raw)}, {quoted(path)}], note: {quoted('lossy: ' + ', '.join(notes))}}}"
        if notes:
            words.append(f"note: {quoted('lossy: ' + ', '.join(notes))}")
        return f"{{from: {quoted(path)}{''.join(f', {word}' for word in words)}}}"

    def _stripped(self, value: Value, path: str) -> str:
        """What stands behind a prefix, or before a suffix, by a pattern: a text without it is not of this source."""
        call = value.converts[0]
        text = re.sub(r"([\\.^$|?*+()\[\]{}])", r"\\\1", str(call.argument))
        pattern = f"{text}(?<v>.+)" if call.name.text == "prefix" else f"(?<v>.+){text}"
        name = next(
            (known for known, one in self._patterns.items() if one == pattern), f"text_{len(self._patterns) + 1}"
        )
        self._patterns[name] = pattern
        return f"{{at: {{parse: {name}, from: {quoted(path)}}}, value: v}}"

    # -- places -----------------------------------------------------------------------------------------------------

    def _relative(self, value: Value, above: tuple[str, ...]) -> tuple[str, ...] | None:
        origin = value.origin
        if not isinstance(origin, From) or not isinstance(origin.context, Path) or not _simple(origin.context):
            return None
        return self._steps(origin.context, above)

    def _steps(self, path: Path, above: tuple[str, ...]) -> tuple[str, ...] | None:
        """The steps of a path from the block of the draft, as keys spell them; None where it leads out of the block."""
        names = names_of(path)
        if names is None or (path.rooted and self._loops):
            return None
        if any(isinstance(step, XmlStep) and step.prefix for step in path.steps):
            return None
        names = (names[1:] if self._xml else names) if path.rooted else (*above, *names)
        spelled = all(_WORD.fullmatch(name.removeprefix("@")) for name in names)
        json = all(isinstance(step, JsonStep) and not step.descendant for step in path.steps)
        return names if spelled and (self._xml or json) else None

    def _key(self, steps: tuple[str, ...]) -> str:
        if not self._xml:
            return ".".join(steps) or "."
        return ("./" if len(steps) == 1 and steps[0].startswith("@") else "") + ("/".join(steps) or ".")

    @staticmethod
    def _put(out: _Out, key: str, content: "str | tuple[str, _Out]", here: str, *, exact: bool = False) -> None:
        """Write an entry, unless another rule writes that place already; one that undoes an exact rule goes first."""
        if not isinstance(content, str) and not content[1].entries:
            out.left += content[1].left
            return
        if key in out.entries and not (exact and key not in out.exact and isinstance(out.entries[key], str)):
            out.left.append(f"{here}: {key.removesuffix('[]')} is written by another rule")
            return
        if key in out.entries:
            out.left.append(f"{key.removesuffix('[]')} from another field than {here}: that one is exact")
        out.entries[key] = content
        if exact:
            out.exact.add(key)

    # -- text -------------------------------------------------------------------------------------------------------

    def _table_name(self, use: str) -> str:
        return posixpath.join(posixpath.dirname(self._name), "codes", f"{use}.back.csv")

    def _head(self) -> list[str]:
        mapping, source = self._mapping, self._mapping.source
        folder = posixpath.dirname(self._name)
        back = posixpath.relpath(mapping.file, folder or ".")
        target = [f"format: {source.format.text}"]
        if source.schema is not None:
            schema = posixpath.normpath(posixpath.join(posixpath.dirname(mapping.file), source.schema.text))
            target.append(f"schema: {quoted(posixpath.relpath(schema, folder or '.'))}")
        if source.root is not None:
            target.append(f"root: {source.root.text}")
        if source.default_namespace is not None:
            target.append(f"default_namespace: {quoted(source.default_namespace.text)}")
        lines = [
            f"# Draft of the way back of {mapping.name.text} {mapping.version.text}: review it, test it, own it.",
            f"mapping: {mapping.name.text}.back",
            "version: 0.1.0",
            f"inverse_of: {quoted(back)}",
            "source: {format: exchange, version: 1}",
            f"target: {{{', '.join(target)}}}",
        ]
        if self._used:
            lines += ["tables:", *(f"  {use}: codes/{use}.back.csv" for use in sorted(self._used))]
        if self._patterns:
            lines += ["patterns:", *(f"  {name}: {quoted(one)}" for name, one in sorted(self._patterns.items()))]
        if self._guards:
            note = "the way there writes it as a constant"
            lines += ["check:", *(f"  - {{that: {quoted(one)}, note: {note}}}" for one in self._guards)]
        return lines


def _simple(context: Context) -> bool:
    """True for a path of names, to a list as a whole or to no list at all."""
    return (
        isinstance(context, Path)
        and plain(context)
        and not any(
            isinstance(step, JsonStep) and isinstance(step.selectors[0], JsonWildcard) for step in context.steps
        )
    )


def _equality(choose: Choose) -> Path | None:
    """The one path that all conditions compare with a literal, where every branch gives a constant of its own."""
    tests = [branch.when for branch in choose.branches if branch.when is not None]
    constants = {branch.then.origin.word.text for branch in choose.branches if isinstance(branch.then.origin, Const)}
    paths = {
        test.left.text: test.left
        for test in tests
        if isinstance(test, Compare) and test.operator == "==" and isinstance(test.left, Path)
    }
    equal = all(isinstance(test, Compare) and isinstance(test.right, Literal) for test in tests)
    if len(constants) != len(choose.branches) or len(paths) != 1 or not equal:
        return None
    return next(iter(paths.values()))


def _block_lines(out: _Out, depth: int) -> list[str]:
    indent = "  " * depth
    lines: list[str] = []
    for key, content in out.entries.items():
        if isinstance(content, str):
            lines.append(f"{indent}{quoted(key, block=True)}: {content}")
            continue
        goes, inner = content
        lines.append(f"{indent}{quoted(key, block=True)}:")
        if goes:
            lines.append(f"{indent}  {goes}")
        lines.append(f"{indent}  fields:")
        lines += _block_lines(inner, depth + 2)
    lines += [f"{indent}# not undone: {reason}" for reason in out.left]
    return lines


def _turned(table: Table) -> bytes:
    """The rows with source and target changed over; of several sources for one target the preferred or first one."""
    chosen: dict[str, tuple[str, str, str]] = {}
    for row in sorted(table.rows, key=lambda one: not one.preferred):
        if row.match is not Match.NONE:
            note = row.note or ("more than was said" if _BACK[row.match] == "broader" else "")
            chosen.setdefault(row.target, (row.keys[0], _BACK[row.match], note))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("source", "target", "match", "note"))
    writer.writerows((target, *rest) for target, rest in chosen.items())
    return text.getvalue().encode()
