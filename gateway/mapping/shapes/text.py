"""Patterns as shapes: the named parts of a text, with what the pattern says about them."""

from gateway.errors import DefinitionRefused, Place
from gateway.mapping.language.patterns import Pattern, compile_pattern
from gateway.mapping.language.spelling import Located
from gateway.mapping.run.packed import TextPattern
from gateway.mapping.shapes.shape import Child, Facts, Occurrence, Shape

__all__ = ["text_shape"]


def text_shape(pattern: TextPattern) -> Shape:
    """Give the shape of a text that was taken apart: a part per group, or a kind of item with its parts."""
    if pattern.plain is not None:
        return _object(_parts(pattern.plain), readable=False)
    children: dict[str, Child] = {}
    for kind in pattern.kinds:
        inner = _parts(kind.pattern) if kind.pattern is not None else {}
        occurs = Occurrence(0, None if kind.many else 1)
        children[kind.name] = Child(kind.name, _object(inner, readable=True), occurs)
    return _object(children, readable=False)


def _object(children: dict[str, Child], *, readable: bool) -> Shape:
    kinds = {"object", "text"} if readable else {"object"}
    return Shape.of(Facts(kinds=frozenset(kinds), blank=False, children=children))


def _parts(pattern: Pattern) -> dict[str, Child]:
    parts: dict[str, Child] = {}
    for name in pattern.groups:
        text = Shape.of(Facts(kinds=frozenset({"text"}), blank=_may_be_empty(pattern.text, name)))
        parts[name] = Child(name, text, Occurrence(0 if name in pattern.optional else 1, 1))
    return parts


def _may_be_empty(text: str, name: str) -> bool:
    """Say whether a group can match nothing: its expression is tried alone."""
    start = text.find(f"(?<{name}>") + len(name) + 4
    depth, position, in_class = 1, start, False
    while position < len(text) and depth:
        character = text[position]
        if character == "\\":
            position += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character in "()":
            depth += 1 if character == "(" else -1
        position += 1
    inside = text[start : position - 1]
    try:
        return not inside or compile_pattern(Located(inside, Place())).fits("")
    except DefinitionRefused:
        return True
