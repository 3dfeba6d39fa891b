"""Generated mappings with the rarer words: joins, groups, slots, parsed texts, tables of every kind, marks, splits.

Each is one of the plain mappings (`generated`) with an index, patterns, tables, checks and reasons beside it, one more
entity in a drawn context, and perhaps a second split and markings that name source places.
"""

import json
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.mapping.generated import CONVERTERS, ON_ERROR, ON_MISSING, ROWS, XML, Notation, conditions, mappings, values
from tests.mapping.inline import PATH

__all__ = ["wide"]

COMPOSITE = "source.k,source.l,target,match,note,more\nM,x,M,exact,,other\nx,,F,close,,\n1,1,,none,,\n"
DATED = "source,target,match,note,valid_from,valid_to\nM,M,exact,,2000-01-01,2019-12-31\nM,F,exact,,2020-01-01,\nx,F,exact,,,\n"


@dataclass(frozen=True)
class Ways:
    """Where contexts may lead in a format: from the top, and from the item of a split."""

    top: tuple[str, ...]
    group: tuple[str, ...]
    by: tuple[str, ...]
    slots: tuple[str, ...]
    item: str


JSON_WAYS = Ways(("$.a", "$.c", "$.b.a", "$..b"), ("a", "c", "b.a"), ("b", "k", "d"), ("a", "b", "c", "b.c"), "$.a")
XML_WAYS = Ways(("a", "b", "a/b", "c"), ("a", "c", "a/b"), ("./@k", "d"), ("a", "b", "c", "a/b"), "a")
ROW_WAYS = Ways(("row", "/row"), ("/row",), ("a", "b"), ("a", "b", "c"), "row")


def ways_of(notation: Notation) -> Ways:
    return ROW_WAYS if notation is ROWS else XML_WAYS if notation is XML else JSON_WAYS


@st.composite
def lookups(draw: st.DrawFn, notation: Notation) -> object:
    """A table with another column, a day, or a key of several parts."""
    path = st.sampled_from(notation.single)
    day = st.one_of(path, st.just({"in": "envelope", "from": "taken"}))
    return draw(
        st.sampled_from([
            {"table": "folded"},
            {"table": "dated", "as_of": draw(day)},
            {"table": "two", "key": {"k": draw(path), "l": draw(path)}, "take": draw(st.sampled_from(["target", "more"]))},
        ])
    )  # fmt: skip


@st.composite
def wide_values(draw: st.DrawFn, notation: Notation) -> object:
    """A value rule with the rarer origins, or a plain one."""
    path = st.sampled_from(notation.single)
    kind = draw(st.sampled_from(["plain", "lookup", "join", "all", "parse", "slots", "mark"]))
    match kind:
        case "lookup":
            lookup = draw(lookups(notation))
            composite = isinstance(lookup, dict) and "key" in lookup
            rule: dict[str, object] = {"lookup": lookup} if composite else {"from": draw(path), "lookup": lookup}
        case "join":
            rule = {"join": "i", "key": draw(path)}
            if draw(st.booleans()):
                rule["from"] = draw(st.sampled_from(["a", "b", "c"]))
        case "all":
            rule = {
                "all": "i",
                "from": draw(st.sampled_from(["a", "b"])),
                "pick": draw(st.sampled_from(["first", {"concat": "/"}, "only"])),
            }
        case "parse":
            rule = {"from": {"parse": "pair", "from": draw(path)}}
        case "slots":
            rule = {
                "from": {"slots": draw(st.lists(path, min_size=1, max_size=3))},
                "pick": draw(st.sampled_from(["first", "last", "same"])),
            }
        case "mark":
            rule = {"from": draw(path), "mark": {"statement.basis": {"const": "fact"}, "handling.flags[]": draw(path)}}
        case _:
            return draw(values(notation))
    for word, strategy in (
        ("convert", st.lists(CONVERTERS, min_size=1, max_size=2)),
        ("default", st.just("D")),
        ("on_missing", ON_MISSING),
        ("on_error", ON_ERROR),
    ):
        if draw(st.integers(0, 4)) == 0:
            rule[word] = draw(strategy)
    return rule


@st.composite
def organisations(draw: st.DrawFn, notation: Notation) -> dict[str, object]:
    """An entity in a context that the plain mappings do not have."""
    ways = ways_of(notation)
    path = st.sampled_from(notation.single)
    kind = draw(st.sampled_from(["join", "all", "group", "slots", "parse", "packed", "pick"]))
    context: object
    names: tuple[str, ...] = ("a", "b", ".")
    match kind:
        case "join":
            context = {"join": "i", "key": draw(path)}
        case "all":
            context = {"all": "i"}
        case "group":
            by = draw(st.sampled_from(ways.by))
            context = {
                "group": draw(st.sampled_from(ways.group)),
                "by": [by],
                "adjacent": draw(st.sampled_from(["true", "false"])),
            }
            names = (by.rpartition("@")[2],)
        case "slots":
            context, names = {"slots": draw(st.lists(st.sampled_from(ways.slots), min_size=1, max_size=4))}, (".",)
        case "parse":
            context, names = {"parse": "pair", "from": draw(path), "on_error": draw(ON_ERROR)}, ("left", "right")
        case "packed":
            context, names = {"parse": "packed", "from": draw(path)}, ("letter", "other")
        case _:
            context = draw(st.sampled_from(notation.several))
    fields: dict[str, object] = {
        "reference": {"from": draw(st.sampled_from(names)), "pick": draw(st.sampled_from(["first", "last", "only"]))},
        "registrations[]": {
            "fields": {
                "number": draw(wide_values(notation))
                if kind in {"join", "all", "pick"}
                else {"in": "outer", "from": draw(st.sampled_from(["a", "b"]))}
            }
        },
    }
    block: dict[str, object] = {draw(st.sampled_from(["each", "each", "at"])): context, "as": "org", "fields": fields}
    if draw(st.integers(0, 2)) == 0:
        name = draw(st.sampled_from(names))
        block["where"] = draw(
            st.sampled_from([f"has({name})", f"{name} == 'M'", f"not {name} in ['x', '1']", f"count({name}) > 1"])
        )
    if kind == "pick":
        block["pick"] = draw(st.sampled_from(["first", "last", "only", {"max": "a" if notation is ROWS else "."}]))
    if draw(st.integers(0, 3)) == 0:
        block["mark"] = {"statement.information_grade": {"const": "3"}, "handling.flags[]": {"const": "H1"}}
    if draw(st.integers(0, 3)) == 0:
        block["when"] = draw(conditions(notation))
    return block


@st.composite
def wide(draw: st.DrawFn, notation: Notation) -> dict[str, bytes]:
    """The files of a mapping with rarer words."""
    files = dict(draw(mappings(notation)))
    rules = json.loads(files[PATH])
    ways = ways_of(notation)
    path = st.sampled_from(notation.single)
    index: dict[str, object] = {
        "over": draw(st.sampled_from(ways.top)),
        "key": draw(st.sampled_from(["a", "b", ["a", "c"]])),
    }
    if isinstance(index["key"], list):
        index["key"] = "a"
    extra: dict[str, object] = draw(
        st.sampled_from(
            [{}, {"many": "true"}, {"pick": "last"}, {"pick": {"max": "b"}}, {"many": "true", "leftover": "quarantine"}]
        )
    )
    rules["index"] = {"i": {**index, **extra, "on_error": draw(st.sampled_from(["quarantine", "drop"]))}}
    rules["tables"] |= {"two": "two.csv", "dated": "dated.csv"}
    rules["patterns"] |= {
        "pair": "(?<left>[^;,]+)([;,] ?(?<right>.*))?",
        "packed": {
            "items": {"separator": ";"},
            "read": [{"as": "letter", "pattern": " ?[a-z]=(?<digit>[0-9])", "many": "true"}],
            "rest": {"as": "other", "many": "true"},
        },
    }
    if draw(st.integers(0, 2)) == 0:
        rules["check"] = [
            {
                "that": f"has({draw(st.sampled_from(ways.top))})",
                "on_error": draw(st.sampled_from(["warn", "quarantine", "refuse"])),
            }
        ]
    if draw(st.integers(0, 2)) == 0:
        rules["ignore"] = {
            draw(st.sampled_from(ways.top)): {"where": "has(a)" if notation is ROWS else "has(.)", "why": "seen"}
        }
    content = rules["split"]["one"]["map"]
    content["organisations[]"] = draw(organisations(notation))
    content["narrative[]"] = {
        "fields": {
            "kind": {"const": "facts"},
            "text": draw(wide_values(notation)),
            "about[]": {"ref": ["person", "org"], "key": draw(path), "on_error": draw(ON_ERROR)},
        }
    }
    if draw(st.integers(0, 2)) == 0:
        rules["split"]["one"]["where"] = draw(conditions(notation)).replace("in(envelope, agency)", "'x-agency'")
    if draw(st.integers(0, 2)) == 0:
        where = draw(st.sampled_from(["has(a)", "b == 'M'", "not has(b)"]))
        rules["split"]["two"] = {
            "each": ways.item,
            "where": where,
            "as": "outer",
            "map": {"organisations[]": draw(organisations(notation))},
        }
    if draw(st.integers(0, 2)) == 0:
        rules["mark_by"] = {
            "each": draw(st.sampled_from(ways.top)),
            "selects": draw(st.sampled_from(["a", "b"])),
            "mark": {"handling.flags[]": {"const": "H2"}},
        }
    files[PATH] = json.dumps(rules, ensure_ascii=False).encode()
    return files | {"mappings/x/two.csv": COMPOSITE.encode(), "mappings/x/dated.csv": DATED.encode()}
