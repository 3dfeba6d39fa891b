"""Documents for the generated mappings, drawn by a plain random generator: a hundred in the time of one strategy."""

import json
from random import Random
from xml.sax.saxutils import escape, quoteattr

from tests.mapping.generated import NAMES, ROWS, XML, Notation

__all__ = ["documents"]

TEXTS = (
    "", " ", "M", "F", "x", " y ", "1", "007", "12.5", "1975", "4 Jun 1975", "c. 1960", "1999-02-30", "2020-01-02", "-0-",
    "Mu\u0308ller", "a=1; b; a=2", "L, G", "a\u202eb", "true", "QM", "x" * 513, "H1", "a[2]/b", "$.a", "c",
)  # fmt: skip


def documents(notation: Notation, seed: int, count: int) -> list[bytes]:
    """Give so many documents; the same seed gives the same."""
    rng = Random(seed)
    make = _rows if notation is ROWS else _xml if notation is XML else _json
    return [make(rng) for _ in range(count)]


def _json(rng: Random) -> bytes:
    return json.dumps({name: _tree(rng, 3) for name in rng.sample(NAMES, rng.randint(0, 3))}).encode()


def _tree(rng: Random, depth: int) -> object:
    kind = rng.randint(0, 6 if depth else 3)
    if kind <= 2:
        return rng.choice(TEXTS)
    if kind == 3:
        return rng.choice([rng.randint(-3, 2000), True, False, None])
    if kind == 4:
        return {name: _tree(rng, depth - 1) for name in rng.sample(NAMES, rng.randint(0, 3))}
    return [_tree(rng, depth - 1) for _ in range(rng.randint(0, 3))]


def _xml(rng: Random) -> bytes:
    return f'<N xmlns="urn:x">{"".join(_element(rng, 2) for _ in range(rng.randint(0, 4)))}</N>'.encode()


def _element(rng: Random, depth: int) -> str:
    name = rng.choice(NAMES)
    mark = f" k={quoteattr(rng.choice(TEXTS))}" if rng.random() < 0.4 else ""
    below = [_element(rng, depth - 1) for _ in range(rng.randint(0, 3))] if depth and rng.random() < 0.6 else []
    return f"<{name}{mark}>{escape(rng.choice(TEXTS))}{''.join(below)}</{name}>"


def _rows(rng: Random) -> bytes:
    short = [text for text in TEXTS if len(text) < 99]
    rows = [["a", "b", "c"], *([rng.choice(short) for _ in range(3)] for _ in range(rng.randint(0, 4)))]
    return "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows).encode()
