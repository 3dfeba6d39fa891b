"""What a mapping makes of a sample, with everything one wants to see while writing it.

The only report beside `try` that holds values: those of the messages made, and of what nothing read. Whoever shows it
shows them to the person who brought the sample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import field as _hidden

from gateway.document.tree import Document
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.api import InboundMapping, build_inbound, choose_mapping
from gateway.mapping.check.mapping import CheckReport
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.report.evidence import why_left
from gateway.mapping.report.residue import Left, values_at
from gateway.mapping.report.sample_places import SamplePlaces
from gateway.mapping.report.sheet import Sheet, sheet_of
from gateway.mapping.report.trial import TrialMessage, trial_of
from gateway.mapping.run.reader import InputFile

__all__ = ["LeftOver", "Preview", "preview_of"]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A leaf that nothing read: where it is, which field it is, why, and its text."""

    place: Place
    field: str
    why: str
    value: str = _hidden(repr=False)


@dataclass(frozen=True, slots=True)
class Preview:
    """All of it. `faults` are those of the mapping and of reading the sample; those of messages are with them."""

    mapping: str
    faults: tuple[Fault, ...] = ()
    messages: tuple[TrialMessage, ...] = field(default=(), repr=False)
    left: tuple[LeftOver, ...] = field(default=(), repr=False)
    places: SamplePlaces | None = None
    checked: CheckReport | None = None

    @property
    def good(self) -> bool:
        """True if the sample was mapped and every message was accepted."""
        return bool(self.messages) and all(message.outcome == "accepted" for message in self.messages)


def preview_of(
    candidates: Sequence[str], sample: Sequence[InputFile], files: Mapping[str, bytes], fmt: ExchangeFormat
) -> Preview:
    """Map a sample by the first of the mappings that reads it. Never raises for what mapping or sample say."""
    built: list[InboundMapping] = []
    refused: list[Fault] = []
    for path in candidates:
        try:
            if not load_mapping(path, files).outbound:
                built.append(build_inbound(path, files, fmt))
        except DefinitionRefused as error:
            refused += error.faults
    named = {file.name: file.data for file in sample}
    if not built:
        none = Fault("R144", "no mapping that reads samples is named", fix="name an inbound mapping")
        return Preview(next(iter(candidates), ""), tuple(refused) or (none,))
    try:
        mapping, document = choose_mapping(built, sample)
    except DocumentRefused as error:
        format_name = built[0].source.format.text
        return Preview(built[0].program.mapping.file, error.faults, places=SamplePlaces(named, format_name))
    return _mapped(mapping, document, sample, files, fmt, tuple(refused) if len(candidates) == 1 else ())


def _mapped(
    mapping: InboundMapping,
    document: Document,
    sample: Sequence[InputFile],
    files: Mapping[str, bytes],
    fmt: ExchangeFormat,
    faults: tuple[Fault, ...],
) -> Preview:
    sheet = sheet_of(mapping.program.mapping, files, fmt)
    trial = trial_of(mapping, sample, fmt)
    places = SamplePlaces({file.name: file.data for file in sample}, mapping.source.format.text)
    left = _left(trial.residue, document, sheet)
    report = sheet.studied.report
    return Preview(report.file, (*faults, *report.faults), trial.messages, left, places, report)


def _left(residue: tuple[Left, ...], document: Document, sheet: Sheet) -> tuple[LeftOver, ...]:
    values = values_at(document)
    found: list[LeftOver] = []
    for leaf in residue:
        if leaf.trail in sheet.studied.derived:
            continue
        name, why = why_left(leaf.trail, sheet)
        found.append(LeftOver(leaf.place, name, why, values.get(str(leaf.place), "")))
    return tuple(found)
