"""Layout files of EDIFACT messages: the segments, their data elements by directory number, and groups made into a tree.

    layout: edifact
    message: PAXLST
    versions: ["D:02B:UN"]                  # may be left out: any
    use: [segments.layout.yaml]             # other layouts whose segments are used
    segments:
      NAD:
        - 3035 M an..3                      # number, then in any order: M or C, a format, x5 for repetitions
        - C080 C: [3036 M an..70, 3036 C an..70]
        - {3207 C an..3: {codes: [NO, SE]}}
    of:
      - {segment: BGM, min: 1}
      - {group: traveller, trigger: NAD, codes: [FL], max: 9999, of: [{segment: DTM, max: 5}]}
    counts: {"42": traveller}               # what CNT counts under this code

Guarantees that of a layout which was loaded every segment is defined (S305), that a segment leads to one place at each
point (S301), and that a group is told by its trigger. Service segments are those of ISO 9735 and need no definition.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Place
from gateway.mapping.language.rules import Word
from gateway.mapping.load.reading import Reading, resolve, suggestion
from gateway.mapping.paths.path import Syntax
from gateway.mapping.shapes.edifact_order import Particle, ambiguous
from gateway.mapping.shapes.edifact_service import SERVICE

__all__ = ["Component", "EdifactLayout", "Element", "SegmentType", "load_edifact_layout"]

_WORDS = ("layout", "message", "versions", "use", "segments", "of", "counts")
_PARTICLE_WORDS = ("segment", "group", "trigger", "codes", "min", "max", "of")
_COMPOSITE = re.compile(r"[CSE][0-9]{3}")
_SIMPLE = re.compile(r"[0-9]{4}")
_FORMAT = re.compile(r"(?:a|n|an)(\.\.)?([0-9]{1,4})")
_REPEAT = re.compile(r"x([0-9]{1,3})")
_TAG = re.compile(r"[A-Z][A-Z0-9]{2}")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_DEEPEST = 16
_MOST = 99_999
_STANDARD = "iso-9735"


@dataclass(frozen=True, slots=True)
class Component:
    """A data element: its directory number, whether it must be there, its longest text, and its codes where listed."""

    name: str
    required: bool
    longest: int | None
    codes: tuple[str, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Element:
    """A position of a segment: a composite with its components, or a data element alone, then `parts` is that one."""

    name: str
    composite: bool
    parts: tuple[Component, ...]
    required: bool
    repeat: int
    place: Place


@dataclass(frozen=True, slots=True)
class SegmentType:
    """A segment: its tag and its positions in order."""

    tag: str
    elements: tuple[Element, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class EdifactLayout:
    """The layout of one message type. `counts` says what `CNT` counts, by its code: a segment or group of the message.

    `files` are the files it came from. `versions` are version, release and agency of the message, joined by colons.
    """

    path: str
    message: str
    versions: tuple[str, ...]
    segments: Mapping[str, SegmentType] = field(repr=False)
    of: tuple[Particle, ...] = field(repr=False)
    counts: Mapping[str, str]
    files: frozenset[str] = frozenset()


def load_edifact_layout(path: str, files: Mapping[str, bytes]) -> EdifactLayout:
    """Load a layout file. Raises `DefinitionRefused` with all its faults (W and Y codes, S106, S301, S305)."""
    node = read_yaml(files[path], path)
    reading = Reading(path, Syntax.XPATH)
    words = reading.words(node, _WORDS, "a layout") or {}
    _is_edifact(reading, words.get("layout"), node.place)
    used = {path}
    segments = {**_service(), **dict(_used(reading, words.get("use"), files, used))}
    segments.update(_segments(reading, words.get("segments")))
    message = reading.required(words.get("message"), "message", node.place)
    particles = tuple(_particles(reading, words.get("of"), segments, node.place, 0))
    counts = {
        code.text: name.text
        for code, item in (reading.pairs(words["counts"], "counts") if "counts" in words else ())
        if (name := reading.word(item, "what is counted")) is not None and _known(reading, name, particles)
    }
    versions = tuple(word.text for word in reading.word_list(words.get("versions"), "versions"))
    if not reading.faults:
        reading.faults.extend(ambiguous(particles))
    if reading.faults:
        raise DefinitionRefused.of(sorted(reading.faults, key=lambda fault: (fault.place, fault.code)))
    return EdifactLayout(path, message.text, versions, segments, particles, counts, frozenset(used))


def _is_edifact(reading: Reading, node: Node | None, place: Place) -> None:
    kind = reading.required(node, "layout", place)
    if kind.text and kind.text != "edifact":
        reading.fault("S106", "a layout of messages is for edifact", kind.place, "write layout: edifact")


@lru_cache(maxsize=1)
def _service() -> dict[str, SegmentType]:
    return dict(_segments(Reading(_STANDARD, Syntax.XPATH), read_yaml(SERVICE, _STANDARD)))


def _used(
    reading: Reading, node: Node | None, files: Mapping[str, bytes], used: set[str]
) -> Iterator[tuple[str, SegmentType]]:
    for word in reading.word_list(node, "use"):
        path = resolve(reading.file, word.text)
        if path is None or path not in files:
            reading.fault("S101", f"there is no layout file '{word.text}'", word.place)
            continue
        other = Reading(path, Syntax.XPATH)
        content = read_yaml(files[path], path)
        words = other.words(content, ("layout", "segments"), "a layout of segments", _WORDS) or {}
        _is_edifact(other, words.get("layout"), content.place)
        yield from _segments(other, words.get("segments"))
        reading.faults.extend(other.faults)
        used.add(path)


# -- segments ---------------------------------------------------------------------------------------------------------


def _segments(reading: Reading, node: Node | None) -> Iterator[tuple[str, SegmentType]]:
    for tag, item in reading.pairs(node, "segments") if node is not None else ():
        if not _TAG.fullmatch(tag.text):
            reading.fault("W005", "a segment has a tag of three capitals or digits", tag.place)
        elements = tuple(
            element
            for each in reading.items(item, f"the data elements of {tag.text}")
            if (element := _element(reading, each)) is not None
        )
        yield tag.text, SegmentType(tag.text, elements, tag.place)


def _element(reading: Reading, node: Node) -> Element | None:
    written, inside = _entry(reading, node)
    if written is None:
        return None
    spelled = _spelled(reading, written, inside if isinstance(inside, MapNode) else None)
    if spelled is None:
        return None
    part, repeat = spelled
    composite = _COMPOSITE.fullmatch(part.name) is not None
    if composite is not isinstance(inside, ListNode):
        message = "a composite such as C080 lists its data elements, a data element such as 3035 does not"
        reading.fault("W002", message, written.place)
        return None
    if not composite:
        return Element(part.name, False, (part,), part.required, repeat, written.place)
    parts: list[Component] = []
    for each in inside.items if isinstance(inside, ListNode) else ():
        word, details = _entry(reading, each)
        if word is not None:
            found = _spelled(reading, word, details if isinstance(details, MapNode) else None)
            if found is not None:
                parts.append(found[0])
    return Element(part.name, True, tuple(parts), part.required, repeat, written.place)


def _entry(reading: Reading, node: Node) -> tuple[Word | None, Node | None]:
    """Give what names an element, and what is said of it behind a colon."""
    if isinstance(node, TextNode):
        return Word(node.text, node.place), None
    if isinstance(node, MapNode) and len(node.entries) == 1:
        key = node.entries[0].key
        return Word(key.text, key.place), node.entries[0].value
    reading.fault("W002", "a data element is a text, or one name with what is said of it", node.place)
    return None, None


def _spelled(reading: Reading, word: Word, details: MapNode | None) -> tuple[Component, int] | None:
    """Read `3035 M an..3`: the number, and in any order status, format and repetitions."""
    name, *rest = word.text.split()
    required, longest, repeat = False, None, 1
    good = bool(_COMPOSITE.fullmatch(name) or _SIMPLE.fullmatch(name))
    for piece in rest:
        form, many = _FORMAT.fullmatch(piece), _REPEAT.fullmatch(piece)
        if piece in {"M", "C"}:
            required = piece == "M"
        elif form is not None:
            # The length of a number counts digits only, not its sign and decimal mark.
            longest = int(form[2]) if piece.startswith("a") else None
        elif many is not None and int(many[1]) > 0:
            repeat = int(many[1])
        else:
            good = False
    if not good:
        reading.fault("W005", "write a directory number, then M or C, a format, x5 for repetitions", word.place)
        return None
    codes = None
    if details is not None:
        words = reading.words(details, ("codes",), "a data element") or {}
        codes = tuple(code.text for code in reading.word_list(words.get("codes"), "codes")) or None
    return Component(name, required, longest, codes, word.place), repeat


# -- the tree ---------------------------------------------------------------------------------------------------------


def _particles(
    reading: Reading, node: Node | None, segments: Mapping[str, SegmentType], place: Place, depth: int
) -> Iterator[Particle]:
    if node is None:
        if not depth:
            reading.fault("W003", "of is missing: the segments and groups of the message", place)
        return
    if depth > _DEEPEST:
        reading.fault("W010", "groups nest too deeply", node.place)
        return
    groups: list[Word] = []
    for item in reading.items(node, "of"):
        words = reading.words(item, _PARTICLE_WORDS, "a segment or group")
        if words is None:
            continue
        found = _particle(reading, words, item.place, segments, depth)
        if found is not None:
            yield found
            if found.of is not None:
                groups.append(Word(found.name, item.place))
    reading.unique(groups, "group")


def _particle(
    reading: Reading, words: dict[str, Node], place: Place, segments: Mapping[str, SegmentType], depth: int
) -> Particle | None:
    group = reading.word(words.get("group"), "group")
    tag = reading.required(words.get("trigger" if group is not None else "segment"), "the tag", place)
    if (group is not None) == ("segment" in words):
        reading.fault("W004", "write segment, or group with its trigger", place)
        return None
    if group is not None and (not _NAME.fullmatch(group.text) or group.text in segments):
        reading.fault("W005", "a group is a name that is no tag", group.place)
    if group is None and "of" in words:
        reading.fault("W006", "only a group has something below it", words["of"].place)
    if tag.text and tag.text not in segments:
        hint = suggestion(tag.text, segments)
        reading.fault("S305", f"no segment '{tag.text}' is defined{hint}", tag.place, "define it under segments")
    low = _number(reading, words.get("min"), "min", 0)
    high = _number(reading, words.get("max"), "max", max(low, 1))
    if high < max(low, 1):
        reading.fault("W005", "max is at least 1, and not less than min", words["max"].place)
    codes = tuple(word.text for word in reading.word_list(words.get("codes"), "codes"))
    below = None if group is None else tuple(_particles(reading, words.get("of"), segments, place, depth + 1))
    return Particle(group.text if group is not None else tag.text, tag.text, codes, low, high, below, place)


def _number(reading: Reading, node: Node | None, what: str, default: int) -> int:
    word = reading.word(node, what)
    if word is None:
        return default
    if not (word.text.isascii() and word.text.isdigit() and int(word.text) <= _MOST):
        reading.fault("W005", f"{what} is a whole number up to {_MOST}", word.place)
        return default
    return int(word.text)


def _known(reading: Reading, name: Word, particles: tuple[Particle, ...]) -> bool:
    """Say whether something of this name is in the message, with a fault if not."""
    names = set(_names(particles))
    if name.text in names:
        return True
    reading.fault("S305", f"no segment or group is named '{name.text}'{suggestion(name.text, names)}", name.place)
    return False


def _names(particles: tuple[Particle, ...]) -> Iterator[str]:
    for particle in particles:
        yield particle.name
        if particle.of is not None:
            yield particle.tag
            yield from _names(particle.of)
