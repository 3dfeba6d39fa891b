"""The last look at what is about to leave (security.md 1.3). It can only say no.

Imports neither compiler, tables, filter nor levels: it reads the message with its own reader (`guard_cases.py`),
decides every leaf with the definition itself, and then looks at two things. (a) The disclosed message: every leaf
must be a value that the decision allows for that field, at the allowed level. (b) The final bytes: no withheld value
of six or more characters may be in them that is not also disclosed elsewhere, compared without case, spaces and
punctuation.

Not searched for in (b): values under six characters, and words of closed lists, which a partner's format may contain
for other reasons; (a) covers those.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.document.json_codec import read_json
from gateway.document.tree import JsonObject, JsonValue, XmlElement
from gateway.document.xml_codec import read_xml
from gateway.errors import Fault, GatewayError, Place
from gateway.exchange.ladders import Transform, transform_of
from gateway.exchange.layout import ARRAYS
from gateway.exchange.message import leaves
from gateway.exchange.shape import CatalogueField, ValueKind
from gateway.names import FieldId, PartnerId
from gateway.policy.circumstances import Circumstances
from gateway.policy.decide import REDACT, WITHHOLD_MESSAGE, decide
from gateway.policy.guard_cases import Seen, connecting_fields, seen_leaves
from gateway.policy.language import Case, DecisionSet

__all__ = ["SHORTEST", "Guard"]

SHORTEST = 6
"""Withheld values with fewer letters and digits are not searched for: they occur everywhere by chance."""

_MOST_FAULTS = 20
_MOST_LEVELS = 65_536
_FEW = 4_000_000
"""Needles times characters up to which the library's own search for each is quicker than one pass of ours."""
_GAP = "\x00"
_MADE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|psn-[0-9a-f]{32}|sha256:[0-9a-f]{64}")
"""Ids, pseudonyms and digests: compared as wholes, because their digits mean nothing."""
_NOISE = re.compile(r"[^\w\x00]|_")
"""Everything but letters, digits and the gap between two values."""
_PSEUDONYM = re.compile(r"psn-[0-9a-f]{32}")
_BOUND = frozenset(
    {ValueKind.WORD, ValueKind.CODE, ValueKind.SCHEME, ValueKind.LANGUAGE, ValueKind.SCRIPT, ValueKind.FIELD}
)
"""Kinds of values from closed lists."""
_OURS = ("header.disclosure.", "header.handling.conditions.", "header.handling.classification", "header.handling.flags")
"""What the gateway itself writes into the header of a disclosed message."""


@dataclass(slots=True)
class _Permitted:
    """What may be in the bytes: allowed texts per field, and which withheld texts must not be."""

    allowed: dict[FieldId, set[str]] = field(default_factory=dict, repr=False)
    masked: set[FieldId] = field(default_factory=set)
    texts: list[str] = field(default_factory=list, repr=False)
    withheld: dict[str, Seen] = field(default_factory=dict, repr=False)
    ids: set[str] = field(default_factory=set, repr=False)
    whole: bool = False

    def allow(self, seen: Seen, text: str) -> None:
        self.allowed.setdefault(seen.field, set()).add(text)
        self.texts.append(text)


class Guard:
    """The last look for one decision set. Keeps decided levels by case; no look changes the answer of another."""

    def __init__(self, decisions: DecisionSet) -> None:
        self._decisions = decisions
        self._rows = decisions.exchange.catalogue.fields
        self._connecting = connecting_fields(decisions.exchange.catalogue)
        self._names = frozenset(name for row in self._rows for name in row.split(".")) | ARRAYS.keys()
        self._levels: dict[Case, int] = {}

    def look(
        self,
        message: JsonObject,
        partner: PartnerId,
        circumstances: Circumstances,
        payload: bytes,
        *,
        disclosed: JsonObject | None = None,
        media_type: str = "application/json",
        encoding: str = "utf-8",
        known: Iterable[str] = (),
    ) -> tuple[Fault, ...]:
        """Give every objection, at most 20; none means the bytes may go.

        `message` is the full message, `disclosed` what the filter made of it, `payload` the final bytes in the
        partner's format. `known` are texts that the partner's format contains by itself (constants of a mapping).
        """
        permitted = self._permitted(message, partner, circumstances)
        if not self._takes(message, partner):
            fix = "do not send; compare the partner's `status` and `takes` with the status of the message"
            return (Fault("POL-102", "a message that this partner does not take was about to leave", Place(), fix),)
        if permitted.whole:
            fix = "do not send; compare the decision with the policy"
            return (Fault("POL-102", "a message that is withheld as a whole was about to leave", Place(), fix),)
        permitted.texts.extend((*known, circumstances.taken_at, circumstances.item, partner))
        faults = [] if disclosed is None else [*self._objections(disclosed, permitted, circumstances)]
        try:
            texts = [text for text in _texts(payload, media_type, encoding) if text not in self._names]
        except (GatewayError, UnicodeDecodeError):
            fix = "do not send; check the partner's format and its encoding"
            faults.append(Fault("POL-103", "the bytes for the partner cannot be read back", Place(), fix))
            return tuple(faults[-_MOST_FAULTS:])
        faults += _found(texts, permitted)
        return tuple(faults[:_MOST_FAULTS])

    def _takes(self, message: JsonObject, partner: PartnerId) -> bool:
        """Whether this partner takes messages of this status at all: real ones only if it is live."""
        entry = self._decisions.register.partners[partner]
        header = message.get("header")
        status = header.get("status") if isinstance(header, dict) else None
        return entry.status != "stopped" and (status in entry.takes or (status == "Actual" and entry.status == "live"))

    # ---- what may be there ---------------------------------------------------------------------------------------

    def _permitted(self, message: JsonObject, partner: PartnerId, circumstances: Circumstances) -> _Permitted:
        permitted = _Permitted()
        for seen in seen_leaves(self._decisions, message, partner, circumstances, self._connecting):
            row = self._rows.get(seen.field)
            if row is None:
                permitted.withheld.setdefault(seen.value, seen)
                continue
            if row.kind in (ValueKind.ID, ValueKind.REF):
                permitted.ids.add(seen.value)
                continue
            level = self._level(seen.case) if row.ladder not in ("keep", "never") else REDACT
            permitted.whole = permitted.whole or level == WITHHOLD_MESSAGE
            self._sort(seen, row, level, permitted)
        return permitted

    def _level(self, case: Case) -> int:
        level = self._levels.get(case)
        if level is None:
            decisions = self._decisions
            level = decide(decisions.policy, decisions.catalogue, decisions.register, case)[0]
            if len(self._levels) >= _MOST_LEVELS:
                self._levels.clear()
            self._levels[case] = level
        return level

    def _sort(self, seen: Seen, row: CatalogueField, level: int, permitted: _Permitted) -> None:
        """Put one leaf where it belongs: allowed as it is, allowed in a reduced form, or withheld."""
        ladder = self._decisions.catalogue.ladder(seen.field)
        if row.ladder == "keep" or (level == ladder.top and level > REDACT):
            permitted.allow(seen, seen.value)
            return
        reduced = None
        if level > REDACT:
            transform = transform_of(row.ladder, ladder.levels[level], row.part)
            if transform is Transform.PSEUDONYM:
                permitted.masked.add(seen.field)
            reduced = self._reduced(transform, seen, row)
        if reduced is not None:
            permitted.allow(seen, reduced)
        if reduced != seen.value and row.kind not in _BOUND:
            permitted.withheld.setdefault(seen.value, seen)

    def _reduced(self, transform: Transform, seen: Seen, row: CatalogueField) -> str | None:
        """What a reduced value would look like, worked out apart from `levels.py`; None where nothing is left."""
        value = seen.value
        if transform is Transform.KEEP:
            return value
        if transform is Transform.YEAR:
            return value[:4]
        if transform is Transform.BAND:
            return _rounded(value)
        if transform is Transform.PARENT and "scheme" not in seen.holder and row.vocabulary:
            return self._decisions.exchange.vocabulary[row.vocabulary].parent(value) or None
        return None

    # ---- (a) the disclosed message -------------------------------------------------------------------------------

    def _objections(
        self, disclosed: JsonObject, permitted: _Permitted, circumstances: Circumstances
    ) -> Iterator[Fault]:
        own = {circumstances.item, *circumstances.message_ids.values()}
        fix = "do not send; the filter and the definition disagree"
        for name, path, value in leaves(disclosed):
            row = self._rows.get(name)
            text = str(value)
            if row is None:
                yield Fault("POL-102", "a member that the format does not have", Place(path=_shown(path)), fix)
            elif row.kind in (ValueKind.ID, ValueKind.REF):
                if text in permitted.ids and text not in own:
                    yield Fault("POL-102", "an id of the original message", Place(path=_shown(path)), fix, field=name)
            elif name in permitted.masked and _PSEUDONYM.fullmatch(text):
                continue
            elif text not in permitted.allowed.get(name, ()) and not name.startswith(_OURS):
                message = f"a value of `{name}` that the decision does not allow"
                yield Fault("POL-102", message, Place(path=_shown(path)), fix, field=name)


def _found(texts: list[str], permitted: _Permitted) -> Iterator[Fault]:
    """(b) Search the bytes for what was withheld."""
    made = {token for text in texts for token in _MADE.findall(text.lower())}
    hay = _GAP.join(_bare(_MADE.sub(_GAP, text.lower())) for text in texts)
    disclosed = _GAP.join(map(_bare, permitted.texts))
    fix = "do not send; find out how the value came there"
    for one in made & permitted.ids - set(permitted.texts):
        del one
        yield Fault("POL-101", "an id of the original message is in the bytes for the partner", Place(), fix)
    needles: dict[str, Seen] = {}
    for value, seen in permitted.withheld.items():
        if value.lower() in made and value not in permitted.texts:
            yield _leak(seen)
        for needle in map(_bare, _spellings(value)):
            if len(needle) >= SHORTEST and needle not in disclosed:
                needles.setdefault(needle, seen)
    for needle in _search(hay, needles):
        yield _leak(needles[needle])


def _leak(seen: Seen) -> Fault:
    message = f"a withheld value of `{seen.field}` is in the bytes for the partner"
    return Fault("POL-101", message, Place(path=seen.path), "do not send; find out how it came there", field=seen.field)


def _search(hay: str, needles: Mapping[str, Seen]) -> list[str]:
    """Give the needles that occur. For many in a long text: one pass, looking up the beginnings of all at once."""
    if len(needles) * len(hay) <= _FEW:
        return [needle for needle in needles if needle in hay]
    heads: dict[str, list[str]] = {}
    for needle in needles:
        heads.setdefault(needle[:SHORTEST], []).append(needle)
    found: dict[str, None] = {}
    for start in range(len(hay) - SHORTEST + 1):
        for needle in heads.get(hay[start : start + SHORTEST], ()):
            if hay.startswith(needle, start):
                found[needle] = None
    return [*found]


def _spellings(value: str) -> Iterator[str]:
    """The value, and for a date what a partner's format may have made of it."""
    yield value
    if len(value) >= 10 and value[4:5] == "-" and value[7:8] == "-" and value[:4].isdigit():
        year, month, day = value[:4], value[5:7], value[8:10]
        yield year + month + day
        yield day + month + year
        yield month + day + year


def _bare(text: str) -> str:
    """Without case, spaces and punctuation; a gap between two values stays."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOISE.sub("", folded)


def _texts(payload: bytes, media_type: str, encoding: str) -> Iterator[str]:
    """Read the final bytes back into texts, so that no escape of a format hides a value."""
    if "json" in media_type:
        yield from _json_texts(read_json(payload), [])
    elif "xml" in media_type:
        yield from _xml_texts(read_xml(payload, encoding=encoding))
    else:
        yield payload.decode(encoding, "strict")


def _json_texts(value: JsonValue, found: list[str]) -> list[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            found.append(name)
            _json_texts(member, found)
    elif isinstance(value, list):
        for item in value:
            _json_texts(item, found)
    elif value is not None:
        found.append(str(value))
    return found


def _xml_texts(element: XmlElement) -> Iterator[str]:
    yield from element.attributes.values()
    yield element.text
    for child in element.children:
        yield from _xml_texts(child)


def _rounded(value: str) -> str | None:
    """1, 2 or 5 times a power of ten, towards zero."""
    sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value)
    whole, _, fraction = digits.partition(".")
    if not (whole.isdigit() and (fraction.isdigit() or not fraction)):
        return None
    for index, digit in enumerate(whole + fraction):
        if digit != "0":
            step = max(one for one in (1, 2, 5) if one <= int(digit))
            place = len(whole) - 1 - index
            return f"{sign}{step}{'0' * place}" if place >= 0 else f"{sign}0.{'0' * (-place - 1)}{step}"
    return "0"


def _shown(path: Iterable[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
