"""Generated mappings with documents to run them on: small vocabularies, so that paths hit and miss about equally.

A mapping is written as JSON, which the YAML reader takes. Nothing here knows what the result should be.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.mapping.inline import OPEN_JSON, PATH
from tests.mapping.test_blocks import XSD

NAMES = ("a", "b", "c")

TABLE = "source,target,match,note\nM,M,exact,\nx,F,narrower,\n1,QQ,exact,\nF,,none,\n"
FOLDED = "source,target,match,note\nm,M,exact,\nf,F,close,\n"


@dataclass(frozen=True)
class Notation:
    """How paths of a format are written."""

    single: tuple[str, ...]
    several: tuple[str, ...]
    head: Mapping[str, object]
    picked: tuple[str, ...] = ()
    """Where `pick` chooses; several, where nothing is said."""


JSON = Notation(
    single=("a", "b", "c", "a.b", "b.c", "$.a", "$.b.a", ".", "c[0]", "a[-1].b"),
    several=("a", "b", "c", "a[*]", "$.a", "$.c", "$..b", "a[?@.b]", "b.c", "c[:2]"),
    head={"format": "json", "schema": "s.json"},
)
XML = Notation(
    single=("a", "b", "c", "a/b", "b/c", "./@k", "a/@k", "/N/a", ".", "a[1]", "b[@k]/c", "a/text()"),
    several=("a", "b", "c", "a/b", "//c", "/N/a", "a[b]", "b[last()]", "*".replace("*", "c")),
    head={"format": "xml", "schema": "s.xsd", "root": "N", "default_namespace": "urn:x"},
)

ROWS = Notation(
    single=("a", "b", "c", "b", "/row[1]/a"),
    several=("/row", "/row[a = 'M']", "/row[2]", "."),
    picked=("/row/a", "/row[last()]/b", "c"),
    head={"format": "csv", "columns": ["a", "b", "c"]},
)


def conditions(notation: Notation) -> st.SearchStrategy[str]:
    """Conditions over single paths."""
    path = st.sampled_from(notation.single)
    literal = st.sampled_from(["'M'", "'x'", "'1'", "'Müller'", "1", "12.5", "true"])
    simple = st.one_of(
        st.builds("{} {} {}".format, path, st.sampled_from(["==", "!=", "<", ">="]), literal),
        st.builds("{} in ['M', '1', 'y']".format, path),
        st.builds("has({})".format, path),
        st.builds("count({}) > 1".format, path),
        st.builds("matches({}, letters)".format, path),
        st.just("in(envelope, agency) == 'x-agency'"),
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.builds("not ({})".format, inner),
            st.builds("({}) and {}".format, inner, inner),
            st.builds("({}) or {}".format, inner, inner),
        ),
        max_leaves=3,
    )


CONVERTERS = st.sampled_from(
    ["upper", "lower", "squash", "fold", {"remove": " -"}, {"prefix": "p"}, "integer", "decimal", "round", {"truncate": "3"},
     {"fuzzy_date": {"formats": ["D MMM YYYY", "YYYY", "YYYY-MM-DD"], "circa": ["c. "], "unknown": ["x"]}}, "year_of",
     {"replace": {"x": "z"}}, {"boolean": {"true": ["1"], "false": ["x"]}}, "flatten"]
)  # fmt: skip
ON_ERROR = st.sampled_from(
    ["quarantine", "refuse", "drop", "drop_item", "keep", {"use": "M"}, {"use": "other", "keep": "true"}]
)
ON_MISSING = st.sampled_from(["skip", "drop_item", "quarantine", "refuse"])


@st.composite
def values(draw: st.DrawFn, notation: Notation, depth: int = 2) -> object:
    """A value rule."""
    path = st.sampled_from(notation.single)
    kind = draw(
        st.sampled_from(
            ["path", "from", "from", "pick", "const", "text", "first_of", "choose", "in"] if depth else ["path", "from"]
        )
    )
    inner = values(notation, depth - 1)
    match kind:
        case "path":
            return draw(path)
        case "from":
            rule: dict[str, object] = {"from": draw(path)}
        case "pick":
            picks = [
                "first",
                "last",
                "only",
                "same",
                {"concat": "+"},
                {"max": "."},
                {"min": "." if notation is ROWS else draw(path)},
            ]
            rule = {
                "from": draw(st.sampled_from(notation.picked or notation.several)),
                "pick": draw(st.sampled_from(picks)),
            }
            if rule["from"] == "//c":
                rule["from"] = "c"
        case "const":
            rule = {"const": draw(st.sampled_from(["M", "F", "fixed", "1980"]))}
        case "text":
            template = draw(st.sampled_from(["{f}[, {g}]", "[{f}]-[{g}]", "{f}{g}", "<{f}[ ({g}; {f})]>"]))
            rule = {"from": {"f": draw(inner), "g": draw(path)}, "text": template}
        case "first_of":
            rule = {"first_of": draw(st.lists(inner, min_size=1, max_size=3))}
        case "choose":
            branches: list[object] = [{"when": draw(conditions(notation)), "then": draw(inner)}]
            if draw(st.booleans()):
                branches.append({"otherwise": draw(inner)})
            rule = {"choose": branches}
        case _:
            rule = {"in": draw(st.sampled_from(["outer", "envelope"])), "from": draw(st.sampled_from(["a", "b"]))}
            if rule["in"] == "envelope":
                rule["from"] = "taken"
    if draw(st.booleans()):
        rule["convert"] = draw(st.lists(CONVERTERS, max_size=2))
    for word, strategy in (
        ("lookup", st.sampled_from(["codes", "folded"])),
        ("default", st.sampled_from(["M", "D", "1970"])),
        ("nulls", st.just(["-0-", "y"])),
        ("on_missing", ON_MISSING),
        ("on_error", ON_ERROR),
        ("when", conditions(notation)),
    ):
        if draw(st.integers(0, 5)) == 0:
            rule[word] = draw(strategy)
    return rule


@st.composite
def items(draw: st.DrawFn, notation: Notation, fields: dict[str, object], name: str = "") -> dict[str, object]:
    """A block that fills fields."""
    block: dict[str, object] = {"fields": fields}
    if draw(st.integers(0, 4)):
        block[draw(st.sampled_from(["each", "each", "at"]))] = draw(st.sampled_from(notation.several))
        if draw(st.booleans()):
            block["where"] = draw(conditions(notation))
    if draw(st.integers(0, 5)) == 0:
        block["when"] = draw(conditions(notation))
    if name:
        block["as"] = name
        if draw(st.booleans()):
            block["key"] = draw(st.sampled_from(notation.single))
            if draw(st.integers(0, 3)) == 0:
                block["pick"] = draw(st.sampled_from(["first", "last", "only"]))
    return block


@st.composite
def person_fields(draw: st.DrawFn, notation: Notation) -> dict[str, object]:
    """Fields of a person, some of them, in any order."""
    value = values(notation)
    names = draw(items(notation, {"full": draw(value), "kind": draw(st.sampled_from([{"const": "alias"}, "a"]))}))
    entries: list[tuple[str, object]] = [
        ("reference", draw(value)),
        ("sex", draw(value)),
        ("roles[]", draw(st.sampled_from([{"const": "suspect"}, {"each": "a", "value": {"const": "witness"}}]))),
        ("names[]", [names, {"fields": {"full": draw(value)}}] if draw(st.booleans()) else names),
        ("births[]", draw(items(notation, {"date": draw(value), "country": draw(value)}))),
        ("nationalities[]", {"each": draw(st.sampled_from(notation.several)), "value": draw(value)}),
        ("occupations[]", draw(value)),
        ("description.height_cm", draw(value)),
        ("description.build", draw(value)),
        ("description", draw(items(notation, {"eyes": draw(value), "clothing": draw(value)}))),
        ("statement.basis", {"const": "fact", "when": draw(conditions(notation))}),
    ]
    chosen = draw(st.lists(st.sampled_from(entries), min_size=1, max_size=6, unique_by=lambda entry: entry[0]))
    return dict(chosen)


@st.composite
def mappings(draw: st.DrawFn, notation: Notation) -> dict[str, bytes]:
    """The files of a mapping."""
    person = draw(items(notation, draw(person_fields(notation)), "person"))
    if draw(st.integers(0, 3)) == 0:
        person["mark"] = {"statement.information_grade": draw(values(notation)), "handling.flags[]": {"const": "H1"}}
    if draw(st.integers(0, 4)) == 0:
        fields = person.pop("fields")
        person["choose"] = [
            {"when": draw(conditions(notation)), "then": {"fields": fields}},
            {"otherwise": {"fields": {"reference": draw(values(notation))}}},
        ]
    link: dict[str, object] = {"kind": {"const": "same-as"}, "note": draw(values(notation)), "from": {"ref": "person"}}
    if draw(st.booleans()):
        link["to"] = {
            "ref": ["person", "place"],
            "key": draw(st.sampled_from(notation.single)),
            "on_error": draw(ON_ERROR),
        }
    places = draw(items(notation, {"name": draw(values(notation))}, "place"))
    rules: dict[str, object] = {
        "mapping": "x.x",
        "version": "1",
        "source": dict(notation.head),
        "target": {"format": "exchange", "version": "1"},
        "tables": {"codes": "codes.csv", "folded": "folded.csv"},
        "patterns": {"letters": "[A-Za-z]+"},
        "defaults": {
            "clean": draw(st.sampled_from([["trim", "nfc"], ["trim", "nfc"], ["squash"], []])),
            "empty_is": draw(st.sampled_from(["missing", "missing", "error"])),
            "on_error": draw(st.sampled_from(["quarantine", "drop", "keep"])),
        },
        "map": {
            "header.purpose": draw(values(notation)),
            "header.originator.unit": draw(values(notation)),
            "header.originator.country": {"const": "QM"},
            "header": {"fields": {"reference": draw(values(notation))}},
            "notice": draw(items(notation, {"instructions": draw(values(notation))})),
            "notice.kind": draw(values(notation)),
            "persons[]": person,
            "locations[]": places,
            "links[]": draw(items(notation, link)),
        },
    }
    return _wrapped(rules, notation)


def _wrapped(rules: dict[str, object], notation: Notation) -> dict[str, bytes]:
    """Put the map inside a block called `outer`, so that rules can look outward."""
    content = rules["map"]
    assert isinstance(content, dict)
    rules["split"] = {
        "one": {
            "each": {"xml": ".", "json": "$", "csv": "row"}[str(notation.head["format"])],
            "as": "outer",
            "map": content,
        }
    }
    del rules["map"]
    return {
        PATH: json.dumps(rules, ensure_ascii=False).encode(),
        "mappings/x/s.json": OPEN_JSON,
        "mappings/x/s.xsd": XSD,
        "mappings/x/codes.csv": TABLE.encode(),
        "mappings/x/folded.csv": FOLDED.encode(),
        "mappings/x/folded.table.yaml": b"fold: [case, space]\n",
    }
