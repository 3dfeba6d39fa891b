"""What each kind of message needs, where a mapping makes several kinds: a warning for parts that may be missing.

A kind that comes from the source decides at run time which body and entities are required. Whether they are there
together is seen by the final validation (R902); the author is told which parts that concerns.
"""

from gateway.exchange.format import ExchangeFormat
from gateway.mapping.check.findings import Findings
from gateway.mapping.shapes.exchange import exchange_shape, kind_shape
from gateway.mapping.shapes.shape import Shape
from gateway.mapping.shapes.targets import Filled

__all__ = ["judge_kinds"]

_BY_GATEWAY = frozenset({"header.conversation"})


def judge_kinds(node: Filled, fmt: ExchangeFormat, findings: Findings) -> None:
    """Report, for each kind a message may have, the parts that it requires and that may be missing (T214)."""
    header = node.children.get("header")
    kind = None if header is None else header.children.get("kind")
    if kind is None or kind.codes is None or len(kind.codes) < 2:
        return
    said: list[str] = []
    for code in kind.codes:
        shape = kind_shape(fmt, code)
        missing = [] if shape is None else _missing(shape, exchange_shape(fmt), node, "")
        if missing:
            said.append(f"{code} requires {' and '.join(missing)}")
    if said:
        message = f"{'; '.join(said)}, which may be missing; without it the message is quarantined (R902)"
        findings.warning("T214", message, kind.place)


def _missing(shape: Shape, always: Shape, node: Filled, above: str) -> list[str]:
    """Give what this kind requires beyond what every message requires, and no rule fills for sure."""
    found: list[str] = []
    for name, child in shape.facts.children.items():
        label = f"{above}{name}"
        if not child.occurs.low or not child.shape.facts.kinds or label in _BY_GATEWAY:
            continue
        known = always.facts.children.get(name)
        filled = node.children.get(name)
        if name == "header" and filled is not None and known is not None:
            found += _missing(child.shape, known.shape, filled, "header.")
        elif (known is None or not known.occurs.low) and (filled is None or not _surely(filled)):
            found.append(label)
    return found


def _surely(node: Filled) -> bool:
    """True if the place is filled by its own rule, or by some rule below it."""
    return node.sure or node.unknown or any(_surely(child) for child in node.children.values())
