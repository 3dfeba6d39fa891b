"""References to entities: the named block exists, the reference finds one entity, and of a kind its target takes.

Without a key a reference leads to the entity made from the current node, from an enclosing one, or by a block over at
most one node; anything else cannot be decided (J402). With a key it is looked up at run time; one that finds nothing
is bad.
"""

from dataclasses import dataclass, field

from gateway.errors import Place
from gateway.mapping.check.known import NOTHING_KNOWN, Known
from gateway.mapping.check.reach import Reach
from gateway.mapping.check.scope import Scope
from gateway.mapping.check.study import Study
from gateway.mapping.language.rules import Block, Field, Ref, Word
from gateway.mapping.load.reading import suggestion
from gateway.mapping.shapes.shape import SCALARS

__all__ = ["Named", "Refs", "named_blocks"]


@dataclass(slots=True)
class Named:
    """A block that makes entities: which array it fills, and (once it was visited) the nodes it stands on."""

    array: str
    place: Place
    keys: int
    reach: Reach | None = None
    kinds: dict[int, frozenset[str]] = field(default_factory=dict)
    single: bool = False
    loops: int = 0


class Refs:
    """Judges references against the named blocks of one split."""

    def __init__(self, study: Study, named: dict[str, Named]) -> None:
        self._study = study
        self.named = named
        self._later: list[tuple[Ref, Scope]] = []
        self._typed: list[tuple[Ref, int, Reach]] = []

    def known(self, ref: Ref, scope: Scope) -> Known:
        """Judge a reference; the nodes of its block are judged when all blocks were visited."""
        findings = self._study.findings
        for number, key in enumerate(ref.keys or ()):
            for reach in self._study.resolve(key, scope):
                self._study.read(reach, scope, ref.place)
                self._typed.append((ref, number, reach))
        unknown = False
        for name in ref.names:
            if name.text not in self.named:
                hint = suggestion(name.text, self.named)
                findings.error("J402", f"no block is named '{name.text}'{hint}", name.place, "name it with as:")
                unknown = True
        if unknown:
            return NOTHING_KNOWN
        if ref.keys is None:
            self._later.append((ref, scope))
        else:
            for name in ref.names:
                self._keys(name, ref, len(ref.keys))
        return Known(sure=True, fails=True, form="ref", label="the reference", said=" ".join(n.text for n in ref.names))

    def _keys(self, name: Word, ref: Ref, count: int) -> None:
        block = self.named[name.text]
        if block.keys and block.keys != count:
            message = f"the key of '{name.text}' has {block.keys} parts, not {count}"
            self._study.findings.error("J401", message, ref.place, at=block.place)

    def key_of(self, name: str, number: int, reach: Reach) -> None:
        """Note of what type a key of a named block is."""
        named = self.named.get(name)
        if named is not None and not reach.open:
            named.kinds[number] = named.kinds.get(number, frozenset()) | (reach.facts.kinds & SCALARS)

    def _key_types(self) -> None:
        """A key of another type than those of all its blocks leads nowhere, whatever the document says (J401)."""
        for ref, number, reach in self._typed:
            named = [self.named[name.text] for name in ref.names if name.text in self.named]
            kinds = frozenset().union(*(block.kinds.get(number, SCALARS) for block in named)) if named else SCALARS
            here = reach.facts.kinds & SCALARS
            if here and kinds and not here & kinds and not reach.open:
                one, other = (" or ".join(sorted(each)) for each in (here, kinds))
                message = f"{reach.said} is {one}, but the key it is to find is {other}"
                self._study.findings.error("J401", message, ref.place, at=named[0].place)

    def finish(self) -> None:
        """Judge the references without a key (J402), and the types of the others' keys."""
        self._key_types()
        for ref, scope in self._later:
            for name in ref.names:
                if not self._leads(self.named[name.text], scope):
                    message = f"which '{name.text}' is meant cannot be told from here"
                    block = self.named[name.text]
                    self._study.findings.error(
                        "J402", message, name.place, "write key:, as the block has it", at=block.place
                    )

    @staticmethod
    def _leads(block: Named, scope: Scope) -> bool:
        if block.reach is None or block.single:
            return True
        wanted = block.reach.trail
        return any(trail[: len(wanted)] == wanted for trail in scope.trails)


def named_blocks(fields: tuple[Field, ...], study: Study, parts: dict[str, tuple[Field, ...]]) -> dict[str, Named]:
    """Collect the blocks with a name, with the array they fill; two of one name are J408."""
    found: dict[str, Named] = {}
    for one in fields:
        if isinstance(one.content, tuple):
            for block in one.content:
                _collect(block, ".".join(one.key.steps), found, study, parts, 0)
    return found


def _collect(
    block: Block, array: str, found: dict[str, Named], study: Study, parts: dict[str, tuple[Field, ...]], depth: int
) -> None:
    if block.name is not None:
        name = block.name.text
        known = found.get(name)
        if known is not None and "." not in array:
            study.findings.error("J408", f"two blocks are named '{name}'", block.name.place, at=known.place)
        found.setdefault(name, Named(array, block.name.place, len(block.keys)))
    if depth > 24:
        return
    inner = block.fields + (parts.get(block.part.text, ()) if block.part is not None else ())
    for one in inner:
        if isinstance(one.content, tuple):
            for below in one.content:
                _collect(below, f"{array}.{'.'.join(one.key.steps)}", found, study, parts, depth + 1)
    for branch in block.choose:
        _collect(branch.then, array, found, study, parts, depth + 1)
