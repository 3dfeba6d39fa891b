"""What is known of a value before any document is there: its kinds, its codes, whether it is always there, can fail."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.mapping.check.logic import FALSE, TRUE, AnyOf, Formula
from gateway.mapping.shapes.shape import SCALARS

__all__ = ["NOTHING_KNOWN", "Known", "alternatives_of"]


@dataclass(frozen=True, slots=True)
class Known:
    """A value at one stage. `sure` means never missing; otherwise `why` is the reason, as a clause of a sentence.

    `codes` None means any text. `form` is the kind of date or time. `said` says where the codes come from.
    `unknown` stands for a value whose rule has a fault already: nothing more is reported about it. Where `there` holds,
    the value is there.
    """

    kinds: frozenset[str] = frozenset({"text"})
    codes: tuple[str, ...] | None = None
    sure: bool = False
    why: str = ""
    fails: bool = False
    form: str = ""
    label: str = ""
    said: str = ""
    longest: int | None = None
    unknown: bool = False
    there: Formula = FALSE

    def missing(self, why: str) -> "Known":
        """The same value, which may be missing."""
        return replace(self, sure=False, why=self.why or why)


NOTHING_KNOWN = Known(kinds=SCALARS | {"date", "pieces"}, sure=True, fails=True, unknown=True, there=TRUE)


def alternatives_of(every: Iterable[Known], *, sure: bool, why: str) -> Known:
    """What is known of a value that is one of several."""
    values = list(every)
    if not values:
        return NOTHING_KNOWN
    codes: tuple[str, ...] | None = None
    if all(value.codes is not None for value in values):
        codes = tuple(dict.fromkeys(code for value in values for code in value.codes or ()))
    forms = {value.form for value in values}
    longest = [value.longest for value in values]
    return Known(
        kinds=frozenset().union(*(value.kinds for value in values)),
        codes=codes,
        sure=sure,
        why="" if sure else why,
        fails=any(value.fails for value in values),
        form=forms.pop() if len(forms) == 1 else "",
        label=values[0].label,
        said=values[0].said,
        longest=None if None in longest else max(length or 0 for length in longest),
        unknown=any(value.unknown for value in values),
        there=TRUE if sure else AnyOf(tuple(value.there for value in values)),
    )
