"""Simple types of XML Schema as facts: built-in types, restrictions, lists, unions.

A value of an XML document is a text in the end; the kind says how it may be read (`integer`, `decimal`, `boolean`).
"""

import re
from dataclasses import replace

from gateway.mapping.shapes.shape import Facts, Shape, alternatives
from gateway.mapping.shapes.xsd_nodes import XS, XsdNode, XsdSet

__all__ = ["SimpleTypes"]

_INTEGERS = frozenset(
    {
        "integer", "nonPositiveInteger", "negativeInteger", "nonNegativeInteger", "positiveInteger", "long", "int",
        "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
    }
)  # fmt: skip
_DECIMALS = frozenset({"decimal", "float", "double"})
_DATES = {"date": "date", "dateTime": "datetime", "time": "time"}
_NEVER_BLANK = frozenset(
    {
        "gYear", "gYearMonth", "gMonthDay", "gDay", "gMonth", "duration", "language", "Name", "NCName", "NMTOKEN",
        "ID", "IDREF",
    }
)  # fmt: skip
_TEXT = Facts(kinds=frozenset({"text"}))


class SimpleTypes:
    """Facts of simple types, each built once. A type that refers to itself has the facts of any text."""

    def __init__(self, components: XsdSet) -> None:
        self._set = components
        self._memo: dict[int, Facts] = {}

    def named(self, node: XsdNode, attribute: str) -> Facts:
        """The type that an attribute of a node names; any text where it names none."""
        written = node.get(attribute)
        if not written:
            return _TEXT
        name = node.qname(written)
        found = self._set.find("type", name)
        if found is None:
            return self.builtin(name)
        return self.of(found) if found.tag == "simpleType" else _TEXT

    def builtin(self, name: str) -> Facts:
        """A type of the schema language itself; any text for an unknown name."""
        namespace, _, local = name.removeprefix("{").rpartition("}")
        if namespace != XS:
            return _TEXT
        if local in _INTEGERS:
            return Facts(kinds=frozenset({"integer"}), blank=False)
        if local in _DECIMALS:
            return Facts(kinds=frozenset({"decimal"}), blank=False)
        if local == "boolean":
            return Facts(kinds=frozenset({"boolean"}), codes=("true", "false", "1", "0"), blank=False)
        if local in _DATES:
            return replace(_TEXT, format=_DATES[local], blank=False)
        return replace(_TEXT, blank=local not in _NEVER_BLANK, type_name=local)

    def of(self, node: XsdNode) -> Facts:
        """The facts of a `simpleType` element."""
        if id(node) not in self._memo:
            self._memo[id(node)] = _TEXT
            self._memo[id(node)] = self._built(node)
        return self._memo[id(node)]

    def _built(self, node: XsdNode) -> Facts:
        for part in node.children:
            if part.tag == "restriction":
                return self.restricted(self._base(part), part)
            if part.tag == "union":
                named = [part.qname(name) for name in part.get("memberTypes").split()]
                found = [self._set.find("type", name) for name in named]
                every = [self.builtin(n) if f is None else self.of(f) for n, f in zip(named, found, strict=True)]
                every += [self.of(inline) for inline in part.of("simpleType")]
                return replace(alternatives(Shape.of(facts) for facts in every).facts, variants=()) if every else _TEXT
            if part.tag == "list":
                return _TEXT
        return _TEXT

    def _base(self, restriction: XsdNode) -> Facts:
        inline = next(restriction.of("simpleType"), None)
        return self.of(inline) if inline is not None else self.named(restriction, "base")

    def restricted(self, base: Facts, node: XsdNode) -> Facts:
        """The facts of a base with the facets that stand below a `restriction` element."""
        codes = tuple(dict.fromkeys(facet.get("value") for facet in node.of("enumeration"))) or base.codes
        written = [facet.get("value") for facet in node.of("pattern")]
        patterns = base.patterns + (("|".join(f"(?:{text})" for text in written),) if written else ())
        lengths = {facet.tag: facet.get("value") for facet in node.of("length", "minLength", "maxLength")}
        shortest = _length(lengths.get("length") or lengths.get("minLength"), base.shortest)
        longest = _length(lengths.get("length") or lengths.get("maxLength"), base.longest)
        return replace(
            base,
            codes=codes,
            patterns=patterns,
            shortest=shortest or 0,
            longest=longest,
            blank=base.blank and _blank(codes, patterns, shortest or 0, longest),
        )


def _length(written: str | None, inherited: int | None) -> int | None:
    return int(written) if written is not None and re.fullmatch(r"\d{1,9}", written) else inherited


def _blank(codes: tuple[str, ...] | None, patterns: tuple[str, ...], shortest: int, longest: int | None) -> bool:
    """True if an admitted text may be empty, or blank where a pattern decides."""
    if codes is not None:
        return any(not code.strip() for code in codes)
    if shortest:
        return False
    samples = [" " * length for length in range(min(longest if longest is not None else 16, 16) + 1)]
    for pattern in patterns:
        try:
            expression = re.compile(pattern)
        except re.error:
            continue
        samples = [sample for sample in samples if expression.fullmatch(sample)]
    return bool(samples)
