"""The fields of a target that a draft could fill, by key, and which of them a message that is begun must have."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.mapping.shapes.targets import Target

__all__ = ["Slot", "needed", "slots_of"]

_LEFT_OUT = frozenset(
    "statement handling extensions stated_unknown conversation disclosure supersedes recalls addressees links "
    "attachments marks special".split()
)
"""Parts of the exchange format that no name leads to: they are written on purpose or not at all."""

_DEEPEST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A field: `words` are the names from where its block stands, `above` the objects around it, outermost first.

    `low` is True if the object around it must have it; `above` says the same of the objects.
    """

    key: str
    target: Target
    words: tuple[str, ...]
    low: bool
    above: tuple[tuple[str, bool], ...] = ()

    @property
    def item(self) -> Target:
        """What one rule or block fills: an item of a list, else the field itself."""
        return self.target.item() if self.target.listed else self.target

    @property
    def parts(self) -> bool:
        """True for something with fields of its own, False for a value."""
        return bool(self.item.facts.children) and not self.item.composite and not self.item.facts.readable


def slots_of(target: Target) -> list[Slot]:
    """Give the fields below a target, through objects and not into lists, in the order of the schema."""
    return list(_below(target, "", (), ()))


def _below(target: Target, key: str, words: tuple[str, ...], above: tuple[tuple[str, bool], ...]) -> Iterator[Slot]:
    needs = {each.label for each in target.needs()}
    for child in target.facts.children.values():
        there = target.to(child)
        low = there.label in needs
        if not there.facts.kinds or there.facts.untyped or there.given():
            continue
        if target.notation == "exchange" and child.name in _LEFT_OUT and not low:
            continue
        own = f"{key}{_step(there, child.label, first=not key)}"
        slot = Slot(f"{own}[]" if there.listed else own, there, (*words, child.label.removeprefix("@")), low, above)
        if there.listed or not slot.parts:
            yield slot
        elif len(above) < _DEEPEST:
            separator = "/" if target.notation == "xml" else "."
            yield from _below(there, f"{own}{separator}", slot.words, (*above, (own, low)))


def _step(target: Target, label: str, *, first: bool) -> str:
    if target.notation == "xml":
        return f"./{label}" if first and label.startswith("@") else label
    return label if label.isidentifier() or target.notation == "csv" else f"['{label}']"


def needed(slots: Iterable[Slot], filled: Iterable[Slot]) -> set[str]:
    """Give the keys that must be filled: of objects that are there in any case, or because something in them is.

    Of an object that must be there and demands nothing in particular, the first field is asked for.
    """
    every, done = list(slots), list(filled)
    begun = {name for slot in done for name, _ in slot.above}
    found: set[str] = set()
    inside = set(begun)
    for slot in every:
        if slot.low and all(name in begun or low for name, low in slot.above):
            found.add(slot.key)
            inside.update(name for name, _ in slot.above)
    for slot in every:
        names = [name for name, _ in slot.above]
        if names and names[-1] not in inside and all(name in begun or low for name, low in slot.above):
            found.add(slot.key)
            inside.update(names)
    return found
