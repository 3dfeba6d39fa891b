"""Documents drawn from shapes: what a schema allows, with the awkward values that schemas allow too."""

import re

from hypothesis import strategies as st

from gateway.document.tree import JsonValue, XmlElement
from gateway.mapping.shapes.shape import Child, Facts, Shape

_WORDS = st.sampled_from(
    ["Tarn", "von der Aue", "Ünal", "東京", "x" * 40, "0", "-", "a  b", "12", "1980", "01.02.1980"]
)
_DATES = {
    "date": ["2026-03-01", "1980-12-31"],
    "datetime": ["2026-03-01T10:00:00", "1999-12-31T23:59:59"],
    "time": ["10:00:00"],
}
_MOST = 3
_PRINTED = st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["C"])
_NUMBERS = st.sampled_from([0, 1, 7, 42, 1_772_355_600])


def texts(facts: Facts) -> st.SearchStrategy[str]:
    if facts.codes is not None:
        return st.sampled_from(list(facts.codes))
    if facts.format:
        return st.sampled_from(_DATES[facts.format])
    if facts.patterns:
        return st.from_regex(re.compile(facts.patterns[0], re.ASCII), fullmatch=True, alphabet=_PRINTED)
    if facts.kinds <= {"integer"}:
        return st.sampled_from(["0", "7", "1772355600"])
    if facts.kinds <= {"decimal"}:
        return st.sampled_from(["0", "1.5", "180", "70.25"])
    if facts.kinds <= {"boolean"}:
        return st.sampled_from(["true", "false"])
    words = _WORDS.map(lambda word: word[: facts.longest or 200])
    return words if facts.shortest else st.one_of(words, st.just(""), st.just("  "))


def json_documents(shape: Shape) -> st.SearchStrategy[JsonValue]:
    facts = shape.facts
    if facts.variants:
        return st.one_of(*[json_documents(variant) for variant in facts.variants])
    if "object" in facts.kinds:
        required = {name: json_documents(c.shape) for name, c in facts.children.items() if c.occurs.low}
        optional = {name: json_documents(c.shape) for name, c in facts.children.items() if not c.occurs.low}
        return st.fixed_dictionaries(required, optional=optional)
    if "list" in facts.kinds and facts.item is not None:
        item = facts.item
        most = _MOST if item.occurs.high is None else min(item.occurs.high, _MOST)
        return st.lists(json_documents(item.shape), min_size=item.occurs.low, max_size=max(most, item.occurs.low))
    if facts.kinds <= {"integer"}:
        return _NUMBERS if facts.codes is None else st.sampled_from([int(code) for code in facts.codes])
    if facts.kinds <= {"boolean"}:
        return st.booleans()
    if facts.kinds <= {"decimal", "integer"}:
        return st.integers(0, 100)
    return texts(facts)


@st.composite
def xml_elements(draw: st.DrawFn, child: Child) -> XmlElement:
    facts = child.shape.facts
    attributes: dict[str, str] = {}
    children: list[XmlElement] = []
    for name, inner in facts.children.items():
        if name.startswith("@"):
            if inner.occurs.low or draw(st.booleans()):
                attributes[name[1:]] = draw(texts(inner.shape.facts))
            continue
        most = _MOST if inner.occurs.high is None else min(inner.occurs.high, _MOST)
        for _ in range(draw(st.integers(inner.occurs.low, max(most, inner.occurs.low)))):
            children.append(draw(xml_elements(inner)))  # noqa: PERF401  # draws are statements
    text = draw(texts(facts)) if facts.readable else ""
    return XmlElement(child.name, attributes, tuple(children), text)


_AWKWARD = ["", "  ", "Tarn", "0", "-", "N/A", "1980", "31.02.1987", "2026-02-30", "東京", "x" * 600]


@st.composite
def changed_json(draw: st.DrawFn, value: JsonValue) -> JsonValue:
    """A sample with some members left out, some values swapped or made awkward, some items doubled."""
    if isinstance(value, dict):
        kept = {name: inner for name, inner in value.items() if draw(st.integers(0, 30)) or name == "type"}
        return {name: draw(changed_json(inner)) for name, inner in kept.items()}
    if isinstance(value, list):
        items = [draw(changed_json(item)) for item in value if draw(st.integers(0, 20))]
        return items + items[:1] if items and not draw(st.integers(0, 10)) else items
    if isinstance(value, str) and not draw(st.integers(0, 15)):
        return draw(st.sampled_from(_AWKWARD))
    return value


@st.composite
def changed_xml(draw: st.DrawFn, element: XmlElement) -> XmlElement:
    """A sample with some elements and attributes left out, some texts made awkward, some elements doubled."""
    attributes = {
        name: draw(st.sampled_from(_AWKWARD)) if not draw(st.integers(0, 30)) else text
        for name, text in element.attributes.items()
        if draw(st.integers(0, 30))
    }
    children: list[XmlElement] = []
    for child in element.children:
        chance = draw(st.integers(0, 40))
        if chance:
            children.append(draw(changed_xml(child)))
        if chance == 1:
            children.append(draw(changed_xml(child)))
    text = element.text
    if not element.children and text and not draw(st.integers(0, 25)):
        text = draw(st.sampled_from(_AWKWARD))
    return XmlElement(element.name, attributes, tuple(children), "" if children else text)
