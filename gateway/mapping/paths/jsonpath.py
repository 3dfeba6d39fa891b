"""RFC 9535 JSONPath, complete, parsed with places; relative paths leave out `@.`.

Guarantees the well-formedness and well-typedness rules of the RFC: what this parser accepts is valid, what it refuses
is not, except that brackets may nest 32 deep at most. Patterns of `match` and `search` are checked when they are run.
"""

import re

from gateway.mapping.language.spelling import Located, Scanner
from gateway.mapping.paths.jsonpath_text import read_string
from gateway.mapping.paths.path import (
    JsonAnd,
    JsonCall,
    JsonCompare,
    JsonExists,
    JsonExpression,
    JsonIndex,
    JsonLiteral,
    JsonName,
    JsonNot,
    JsonOperand,
    JsonOr,
    JsonSelector,
    JsonSlice,
    JsonStep,
    JsonWhere,
    JsonWildcard,
    Path,
    Syntax,
)

__all__ = ["MAX_DEPTH", "parse_jsonpath", "read_jsonpath"]

MAX_DEPTH = 32
"""How deep brackets of one path may nest."""

_SHORTHAND = re.compile(r"[A-Za-z_\u0080-\ud7ff\ue000-\U0010ffff][A-Za-z0-9_\u0080-\ud7ff\ue000-\U0010ffff]*")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_LIMIT = 2**53 - 1
_NUMBER = re.compile(r"(?:-?0|-?[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CALL = re.compile(r"[a-z][a-z_0-9]*(?=\()")
_OPERATORS = ("==", "!=", "<=", ">=", "<", ">")
_WORDS = ("true", "false", "null")
# RFC 9535 2.4: parameter types and result type of each function.
_SIGNATURES = {
    "length": (("value",), "value"),
    "count": (("nodes",), "value"),
    "value": (("nodes",), "value"),
    "match": (("value", "value"), "logical"),
    "search": (("value", "value"), "logical"),
}


def parse_jsonpath(located: Located) -> Path:
    """Parse a whole text as a path. Raises `DefinitionRefused` (P001) at the offending characters."""
    scanner = Scanner(located, "P001", "not a path")
    path = read_jsonpath(scanner)
    if not scanner.ended:
        raise scanner.fault("unexpected character", end=scanner.position + 1)
    return path


def read_jsonpath(scanner: Scanner) -> Path:
    """Read one path at the cursor: from `$`, or relative, from a name or a bracket; `.` is the current item."""
    start = scanner.position
    if scanner.peek("@"):
        raise scanner.fault("a relative path leaves out '@.'", end=start + 1)
    following = scanner.text[start + 1 : start + 2]
    if scanner.peek(".") and (not following or following in " \t)=!<>,"):
        scanner.position += 1
        return Path(".", scanner.here(start), Syntax.JSONPATH, rooted=False, steps=())
    return _query(scanner, 0)


def _query(scanner: Scanner, depth: int) -> Path:
    """Read a path at the cursor: from `$`, from `@`, or relative, beginning with a name or a bracket."""
    start = scanner.position
    if depth > MAX_DEPTH:
        raise scanner.fault("nested too deeply", code="P002")
    steps: list[JsonStep] = []
    rooted = scanner.take("$")
    if not rooted and not scanner.take("@"):
        steps.append(_first(scanner, depth))
    while True:
        mark = scanner.position
        scanner.spaces()
        if not (scanner.peek(".") or scanner.peek("[")):
            scanner.position = mark
            break
        steps.append(_segment(scanner, depth))
    text = scanner.text[start : scanner.position]
    return Path(text, scanner.here(start), Syntax.JSONPATH, rooted, tuple(steps))


def _first(scanner: Scanner, depth: int) -> JsonStep:
    start = scanner.position
    if scanner.peek("["):
        return _segment(scanner, depth)
    if scanner.peek(".."):
        return _segment(scanner, depth)
    name = scanner.match(_SHORTHAND)
    if name is None:
        raise scanner.fault(
            "expected a member name", end=start + 1, fix="write odd names as ['...'], and '$' for the whole document"
        )
    return JsonStep((JsonName(name),), descendant=False, place=scanner.here(start))


def _segment(scanner: Scanner, depth: int) -> JsonStep:
    start = scanner.position
    descendant = scanner.take("..")
    if scanner.peek("["):
        selectors = _brackets(scanner, depth)
    else:
        if not descendant:
            scanner.expect(".")
        if scanner.take("*"):
            selectors = (JsonWildcard(),)
        else:
            name = scanner.match(_SHORTHAND)
            if name is None:
                raise scanner.fault(
                    "expected a member name", end=scanner.position + 1, fix="write odd names as ['...']"
                )
            selectors = (JsonName(name),)
    return JsonStep(selectors, descendant, scanner.here(start))


def _brackets(scanner: Scanner, depth: int) -> tuple[JsonSelector, ...]:
    scanner.expect("[")
    selectors: list[JsonSelector] = []
    while True:
        scanner.spaces()
        selectors.append(_selector(scanner, depth + 1))
        scanner.spaces()
        if scanner.take("]"):
            return tuple(selectors)
        if not scanner.take(","):
            raise scanner.fault("expected ']' or ','", end=scanner.position + 1)


def _selector(scanner: Scanner, depth: int) -> JsonSelector:
    if scanner.peek("'") or scanner.peek('"'):
        return JsonName(read_string(scanner))
    if scanner.take("*"):
        return JsonWildcard()
    if scanner.take("?"):
        scanner.spaces()
        return JsonWhere(_or(scanner, depth))
    return _index_or_slice(scanner)


def _index_or_slice(scanner: Scanner) -> JsonSelector:
    start = _integer(scanner)
    mark = scanner.position
    scanner.spaces()
    if not scanner.take(":"):
        scanner.position = mark
        if start is None:
            raise scanner.fault("expected a name in quotes, a number, '*', '?' or a slice", end=scanner.position + 1)
        return JsonIndex(start)
    scanner.spaces()
    end = _integer(scanner)
    mark = scanner.position
    scanner.spaces()
    if not scanner.take(":"):
        scanner.position = mark
        return JsonSlice(start, end, None)
    scanner.spaces()
    return JsonSlice(start, end, _integer(scanner))


def _integer(scanner: Scanner) -> int | None:
    start = scanner.position
    digits = scanner.match(_INTEGER)
    if digits is None:
        return None
    if not scanner.ended and scanner.text[scanner.position].isdigit():
        raise scanner.fault("a number has no leading zero", start=start, end=scanner.position + 1)
    if len(digits) > 17 or abs(int(digits)) > _LIMIT:
        raise scanner.fault("the number is too large", start=start)
    return int(digits)


# -- filters: logic, comparisons and functions (RFC 9535 2.3.5) --------------------------------------------------------


def _or(scanner: Scanner, depth: int) -> JsonExpression:
    if depth > MAX_DEPTH:
        raise scanner.fault("nested too deeply", code="P002")
    items = [_and(scanner, depth)]
    while _operator(scanner, "||"):
        items.append(_and(scanner, depth))
    return items[0] if len(items) == 1 else JsonOr(tuple(items))


def _and(scanner: Scanner, depth: int) -> JsonExpression:
    items = [_one(scanner, depth)]
    while _operator(scanner, "&&"):
        items.append(_one(scanner, depth))
    return items[0] if len(items) == 1 else JsonAnd(tuple(items))


def _operator(scanner: Scanner, word: str) -> bool:
    mark = scanner.position
    scanner.spaces()
    if scanner.take(word):
        scanner.spaces()
        return True
    scanner.position = mark
    return False


def _one(scanner: Scanner, depth: int) -> JsonExpression:
    if scanner.take("!"):
        scanner.spaces()
        if scanner.peek("("):
            return JsonNot(_parenthesis(scanner, depth))
        return JsonNot(_test(scanner, _operand(scanner, depth), scanner.position))
    if scanner.peek("("):
        return _parenthesis(scanner, depth)
    start = scanner.position
    left = _operand(scanner, depth)
    mark = scanner.position
    scanner.spaces()
    for operator in _OPERATORS:
        if scanner.take(operator):
            _comparable(scanner, left, start)
            scanner.spaces()
            begin = scanner.position
            right = _operand(scanner, depth)
            _comparable(scanner, right, begin)
            return JsonCompare(operator, left, right)
    scanner.position = mark
    return _test(scanner, left, start)


def _parenthesis(scanner: Scanner, depth: int) -> JsonExpression:
    scanner.expect("(")
    scanner.spaces()
    item = _or(scanner, depth + 1)
    scanner.spaces()
    scanner.expect(")")
    return item


def _test(scanner: Scanner, operand: JsonOperand, start: int) -> JsonExpression:
    match operand:
        case Path():
            return JsonExists(operand)
        case JsonCall(function=function):
            if _SIGNATURES[function][1] != "logical":
                raise scanner.fault("the result of this function must be compared", start=start)
            return JsonExists(operand)
        case JsonLiteral():
            raise scanner.fault("a literal must be compared", start=start)


def _comparable(scanner: Scanner, operand: JsonOperand, start: int) -> None:
    match operand:
        case Path():
            if not operand.singular:
                raise scanner.fault("only a path to one node can be compared", start=start)
        case JsonCall(function=function):
            if _SIGNATURES[function][1] != "value":
                raise scanner.fault("the result of this function cannot be compared", start=start)
        case JsonLiteral():
            pass


def _operand(scanner: Scanner, depth: int) -> JsonOperand:
    start = scanner.position
    if scanner.peek("'") or scanner.peek('"'):
        return JsonLiteral("string", read_string(scanner))
    if scanner.peek("@") or scanner.peek("$"):
        return _query(scanner, depth + 1)
    for word in _WORDS:
        following = scanner.text[start + len(word) : start + len(word) + 1]
        if scanner.peek(word) and not (following.isalnum() or following == "_"):
            scanner.position += len(word)
            return JsonLiteral(word, word)
    function = scanner.match(_CALL)
    if function is not None:
        return _call(scanner, function, start, depth)
    number = scanner.match(_NUMBER)
    if number is None:
        raise scanner.fault("expected a path from '@' or '$', a literal or a function", end=start + 1)
    return JsonLiteral("number", number)


def _call(scanner: Scanner, function: str, start: int, depth: int) -> JsonCall:
    if function not in _SIGNATURES:
        raise scanner.fault("there is no such function", start=start, fix=f"one of {', '.join(_SIGNATURES)}")
    if depth > MAX_DEPTH:
        raise scanner.fault("nested too deeply", code="P002")
    scanner.expect("(")
    arguments: list[JsonOperand] = []
    scanner.spaces()
    if not scanner.peek(")"):
        while True:
            scanner.spaces()
            arguments.append(_operand(scanner, depth + 1))
            scanner.spaces()
            if not scanner.take(","):
                break
    scanner.expect(")")
    parameters = _SIGNATURES[function][0]
    if len(arguments) != len(parameters):
        raise scanner.fault("wrong number of arguments", start=start)
    for argument, kind in zip(arguments, parameters, strict=True):
        if kind == "nodes" and not isinstance(argument, Path):
            raise scanner.fault("this function takes a path", start=start)
        if kind == "value":
            _comparable(scanner, argument, start)
    return JsonCall(function, tuple(arguments))
