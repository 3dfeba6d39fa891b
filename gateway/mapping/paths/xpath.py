"""The XPath 1.0 subset: names, attributes, `text()`, `//name` and predicates, parsed with places.

Also the notation of columns, record fields and data elements, where names may begin with a digit. Refused with a
reason: axes, `..`, `*`, variables, arithmetic and all functions but five.
"""

import re

from gateway.errors import DefinitionRefused
from gateway.mapping.language.spelling import Located, Scanner
from gateway.mapping.paths.path import (
    Axis,
    Path,
    Syntax,
    XmlAnd,
    XmlCompare,
    XmlExists,
    XmlExpression,
    XmlLast,
    XmlNot,
    XmlOr,
    XmlPosition,
    XmlStep,
    XmlTest,
)

__all__ = ["MAX_DEPTH", "parse_xpath", "read_xpath"]

MAX_DEPTH = 32
"""How deep brackets and predicates of one path may nest."""

_NAME = re.compile(r"[\w.\-·]+")
_NUMBER = re.compile(r"[0-9]+")
_POSITION_ENDS = re.compile(r"[ \t]*(?:$|[\])]|and[ \t(]|or[ \t(])")  # else a number names a data element
_FUNCTIONS = ("starts-with", "contains")


def parse_xpath(located: Located) -> Path:
    """Parse a whole text as a path. Raises `DefinitionRefused` (P001, P002) at the offending characters."""
    scanner = Scanner(located, "P001", "not a path")
    path = read_xpath(scanner, inside=False)
    if not scanner.ended:
        raise scanner.fault("unexpected character", end=scanner.position + 1)
    return path


def read_xpath(scanner: Scanner, *, inside: bool, depth: int = 0) -> Path:
    """Read one path at the cursor; `inside` a predicate a path may begin with `@`."""
    start = scanner.position
    if depth > MAX_DEPTH:
        raise scanner.fault("nested too deeply", code="P002")
    steps: list[XmlStep] = []
    rooted = False
    if scanner.peek("//"):
        rooted = True
    elif scanner.take("/"):
        rooted = True
        steps.append(_step(scanner, first=False, inside=inside, depth=depth))
    elif _at_self(scanner):
        scanner.position += 1
    else:
        steps.append(_step(scanner, first=True, inside=inside, depth=depth))
    while scanner.peek("/"):
        if steps and steps[-1].axis in {Axis.ATTRIBUTE, Axis.TEXT}:
            raise scanner.fault("nothing can follow an attribute or text()", end=scanner.position + 1)
        if scanner.take("//"):
            steps.append(_step(scanner, first=False, inside=inside, depth=depth, axis=Axis.DESCENDANT))
        else:
            scanner.expect("/")
            steps.append(_step(scanner, first=False, inside=inside, depth=depth))
    text = scanner.text[start : scanner.position]
    return Path(text, scanner.here(start), Syntax.XPATH, rooted, tuple(steps))


def _at_self(scanner: Scanner) -> bool:
    """True at a `.` that stands alone: names may hold dots, so `.5` or `..` are no self step."""
    if not scanner.peek("."):
        return False
    if scanner.peek(".."):
        raise scanner.fault(
            "there is no parent step",
            end=scanner.position + 2,
            code="P002",
            fix="name the outer block with 'as:' and write {in: NAME, from: ...}",
        )
    following = scanner.text[scanner.position + 1 : scanner.position + 2]
    return not following or following in "/]=!) \t<>,"


def _step(scanner: Scanner, *, first: bool, inside: bool, depth: int, axis: Axis = Axis.CHILD) -> XmlStep:
    start = scanner.position
    if scanner.take("@"):
        if first and not inside:
            raise scanner.fault("an attribute path begins with './@'", start=start, fix="write ./@NAME")
        prefix, name = _name(scanner)
        return XmlStep(Axis.ATTRIBUTE, name, scanner.here(start), prefix)
    if scanner.take("text()"):
        return XmlStep(Axis.TEXT, "text()", scanner.here(start))
    if scanner.peek("*"):
        raise scanner.fault(
            "wildcards are not in the subset", end=start + 1, code="P002", fix="name the element, or list several rules"
        )
    if scanner.peek(".."):
        _at_self(scanner)
    prefix, name = _name(scanner)
    if scanner.peek("::"):
        raise scanner.fault("axes are not in the subset", start=start, end=scanner.position + 2, code="P002")
    if scanner.peek("("):
        raise scanner.fault(
            "only text() may stand in a path; not(), last(), starts-with() and contains() stand in predicates",
            start=start,
            code="P002",
        )
    predicates: list[XmlExpression] = []
    while scanner.take("["):
        scanner.spaces()
        predicates.append(_or(scanner, depth + 1))
        scanner.spaces()
        scanner.expect("]")
    return XmlStep(axis, name, scanner.here(start), prefix, tuple(predicates))


def _name(scanner: Scanner) -> tuple[str, str]:
    start = scanner.position
    first = scanner.match(_NAME)
    if first is None:
        raise scanner.fault("expected a name", end=start + 1)
    if scanner.peek(":") and not scanner.peek("::"):
        scanner.position += 1
        second = scanner.match(_NAME)
        if second is None:
            raise scanner.fault("expected a name after the prefix", end=scanner.position + 1)
        return first, second
    return "", first


def _or(scanner: Scanner, depth: int) -> XmlExpression:
    if depth > MAX_DEPTH:
        raise scanner.fault("nested too deeply", code="P002")
    items = [_and(scanner, depth)]
    while _word(scanner, "or"):
        items.append(_and(scanner, depth))
    return items[0] if len(items) == 1 else XmlOr(tuple(items))


def _and(scanner: Scanner, depth: int) -> XmlExpression:
    items = [_one(scanner, depth)]
    while _word(scanner, "and"):
        items.append(_one(scanner, depth))
    return items[0] if len(items) == 1 else XmlAnd(tuple(items))


def _word(scanner: Scanner, word: str) -> bool:
    """Move over an operator name that stands between blanks or brackets."""
    mark = scanner.position
    scanner.spaces()
    if scanner.take(word) and (scanner.ended or scanner.text[scanner.position] in " \t\n("):
        scanner.spaces()
        return True
    scanner.position = mark
    return False


def _one(scanner: Scanner, depth: int) -> XmlExpression:
    start = scanner.position
    if scanner.take("("):
        scanner.spaces()
        item = _or(scanner, depth + 1)
        scanner.spaces()
        scanner.expect(")")
        return item
    if scanner.take("not("):
        scanner.spaces()
        item = _or(scanner, depth + 1)
        scanner.spaces()
        scanner.expect(")")
        return XmlNot(item)
    if scanner.take("last()"):
        return XmlLast()
    for function in _FUNCTIONS:
        if scanner.take(function + "("):
            return _test(scanner, function, depth)
    number = scanner.match(_NUMBER)
    if number is not None and _POSITION_ENDS.match(scanner.text, scanner.position):
        if int(number) < 1 or len(number) > 9:
            raise scanner.fault("positions count from 1", start=start)
        return XmlPosition(int(number))
    scanner.position = start
    return _comparison(scanner, depth)


def _test(scanner: Scanner, function: str, depth: int) -> XmlExpression:
    scanner.spaces()
    path = read_xpath(scanner, inside=True, depth=depth + 1)
    scanner.spaces()
    scanner.expect(",")
    scanner.spaces()
    literal = _literal(scanner)
    scanner.spaces()
    scanner.expect(")")
    return XmlTest(function, path, literal)


def _comparison(scanner: Scanner, depth: int) -> XmlExpression:
    start = scanner.position
    try:
        path = read_xpath(scanner, inside=True, depth=depth + 1)
    except DefinitionRefused as refused:
        if scanner.position == start:
            raise scanner.fault("expected a path or a number", end=start + 1) from refused
        raise
    scanner.spaces()
    if scanner.take("!="):
        equal = False
    elif scanner.take("="):
        if scanner.peek("="):
            raise scanner.fault("predicates compare with '=' as in XPath", end=scanner.position + 1)
        equal = True
    else:
        return XmlExists(path)
    scanner.spaces()
    return XmlCompare(path, equal, _literal(scanner))


def _literal(scanner: Scanner) -> str:
    for quote in ("'", '"'):
        if scanner.take(quote):
            end = scanner.text.find(quote, scanner.position)
            if end < 0:
                raise scanner.fault("the text is not closed", end=len(scanner.text))
            text = scanner.text[scanner.position : end]
            scanner.position = end + 1
            return text
    raise scanner.fault("expected a text in quotes", end=scanner.position + 1)
