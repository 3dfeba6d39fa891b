"""Templates such as `{f}[, {g}]`: text, names, and bracketed parts that fall out when a name in them is missing."""

import re
from collections.abc import Collection, Iterable, Iterator

from gateway.mapping.language.rules import TemplateGroup, TemplateItem, TemplateName, TemplateText, Word
from gateway.mapping.language.spelling import Located, Scanner

__all__ = ["names_in", "parse_template"]

_PLAIN = re.compile(r"[^{}\[\]]+")
_NAME = re.compile(r"[A-Za-z_][\w-]*")


def parse_template(located: Located, names: Collection[str]) -> tuple[TemplateItem, ...]:
    """Parse a template over known names. Doubled brackets and braces are literal. Raises `DefinitionRefused` (W008)."""
    scanner = Scanner(located, "W008", "not a template")
    items: list[TemplateItem] = []
    while not scanner.ended:
        start = scanner.position
        if scanner.peek("[") and not scanner.peek("[["):
            scanner.position += 1
            inner = _inner(scanner, names, start)
            if not any(isinstance(item, TemplateName) for item in inner):
                raise scanner.fault("a bracketed part needs a name in it", start=start)
            items.append(TemplateGroup(inner))
        else:
            items.append(_item(scanner, names))
    return _joined(items)


def names_in(template: Iterable[TemplateItem]) -> Iterator[Word]:
    """Give the names that a template holds, those in brackets too."""
    for item in template:
        if isinstance(item, TemplateName):
            yield item.name
        elif isinstance(item, TemplateGroup):
            yield from names_in(item.items)


def _inner(scanner: Scanner, names: Collection[str], start: int) -> tuple[TemplateText | TemplateName, ...]:
    items: list[TemplateText | TemplateName] = []
    while not scanner.ended:
        if scanner.peek("]") and not scanner.peek("]]"):
            scanner.position += 1
            return tuple(items)
        items.append(_item(scanner, names))
    raise scanner.fault("the bracket is not closed", start=start, end=len(scanner.text))


def _item(scanner: Scanner, names: Collection[str]) -> TemplateText | TemplateName:
    plain = scanner.match(_PLAIN)
    if plain is not None:
        return TemplateText(plain)
    start = scanner.position
    for literal in ("{{", "}}", "[[", "]]"):
        if scanner.take(literal):
            return TemplateText(literal[0])
    if not scanner.take("{"):
        raise scanner.fault("a literal bracket or brace is written twice", end=start + 1)
    name = scanner.match(_NAME)
    if name is None or not scanner.take("}"):
        raise scanner.fault("expected a name and '}'", start=start)
    if name not in names:
        known = ", ".join(sorted(names)) or "none"
        raise scanner.fault(f"no value is named '{name}'", start=start, fix=f"names under 'from': {known}")
    return TemplateName(Word(name, scanner.here(start + 1, scanner.position - 1)))


def _joined(items: list[TemplateItem]) -> tuple[TemplateItem, ...]:
    joined: list[TemplateItem] = []
    for item in items:
        last = joined[-1] if joined else None
        if isinstance(item, TemplateText) and isinstance(last, TemplateText):
            joined[-1] = TemplateText(last.text + item.text)
        else:
            joined.append(item)
    return tuple(joined)
