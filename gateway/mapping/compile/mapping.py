"""Programs to Python functions, through syntax trees whose nodes carry the places of the mapping's own words.

Guarantees that no text of a mapping ever becomes program text: names are numbered, values are constants; and that a
traceback, a profile or a coverage report points into the mapping file. What is compiled gives the same messages,
faults and lineage as the interpreter, to the last number.
"""

import ast
import unicodedata
from collections.abc import Mapping
from types import CodeType, FunctionType
from typing import cast

from gateway.document.tree import JsonObject, XmlElement
from gateway.mapping.compile.blocks import BlockCompiler
from gateway.mapping.compile.runtime import (
    EMPTY,
    CompiledEngine,
    Function,
    Many,
    attribute_of,
    attributes_of,
    kids,
    members,
    scalar_text,
    text_below,
    virtual_child,
)
from gateway.mapping.compile.syntax import Lines
from gateway.mapping.convert.converter import Bad, Cut
from gateway.mapping.convert.date_formats import PartialDate
from gateway.mapping.program.program import Program
from gateway.mapping.run.conditions import Clean, is_present
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.interpret import MessageTooLarge
from gateway.mapping.run.node import text_of
from gateway.mapping.run.nodes_run import text_cleaner
from gateway.mapping.run.run import ItemState, Pending
from gateway.mapping.tables import fold_key

__all__ = ["CompiledMapping", "compile_program"]


class CompiledMapping:
    """The compiled functions of a program; calling it makes the engine of one document."""

    def __init__(self, functions: Mapping[int, Function], tree: ast.Module) -> None:
        self._functions = functions
        self.tree = tree

    def __call__(self, program: Program, evaluator: Evaluator) -> CompiledEngine:
        """Make the engine of one document."""
        return CompiledEngine(program, evaluator, self._functions)


def compile_program(program: Program, data: bytes) -> CompiledMapping:
    """Compile a program; `data` is the mapping file, for columns in bytes. Cost: milliseconds per hundred rules."""
    shared: dict[str, object] = dict(_RUNTIME)
    clean = _cleaner(program)
    shared["clean"] = clean
    shared["clean_first"] = _first_cleaner(clean)
    shared["cleaned"] = text_cleaner(program.clean)

    def present(value: object, nulls: frozenset[str]) -> bool:
        if value.__class__ is str:
            return clean(value, nulls) is not None
        return is_present(value, nulls, clean)

    shared["present"] = present
    compiler = BlockCompiler(program, Lines(program.mapping.file, data), shared)
    entries = {
        split.number: compiler.split(split, split.ground, rooted=split.source is None and split.ground.kind == "json")
        for split in program.splits
    }
    body: list[ast.stmt] = list(compiler.functions)
    tree = ast.Module(body, [])
    code = compile(tree, program.mapping.file, "exec")
    shared["__builtins__"] = {"len": len, "dict": dict, "list": list, "str": str}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            shared[constant.co_name] = FunctionType(constant, shared, constant.co_name)
    functions = {number: cast("Function", shared[name]) for number, name in entries.items()}
    return CompiledMapping(functions, tree)


def _cleaner(program: Program) -> Clean:
    """Give the text of a raw value after clean-up, None when it is missing, as conditions see it."""
    cleaned = text_cleaner(program.clean)

    def clean(value: object, nulls: frozenset[str]) -> str | None:
        if value is None:
            return None
        text = value if isinstance(value, str) else text_of(value)
        if text is None or isinstance(text, bool):
            return None
        text = cleaned(text)
        return None if not text.strip() or text in nulls else text

    return clean


def _first_cleaner(clean: Clean) -> Clean:
    """Give the text of the first of several nodes."""

    def clean_first(value: object, nulls: frozenset[str]) -> str | None:
        if isinstance(value, list):
            value = next((one for one in value if one is not None), None)
        return clean(value, nulls)

    return clean_first


def _elements(value: object) -> list[object] | tuple[object, ...]:
    """Give the elements of one name."""
    if value.__class__ is list:
        return cast("list[object]", value)
    return () if value is None else (value,)


def _peek(start: JsonObject, steps: tuple[str, ...]) -> object:
    here: object = start
    for step in steps:
        here = here.get(step) if isinstance(here, dict) else None
    return here if isinstance(here, list) else None


def _existing(start: JsonObject, steps: tuple[str, ...]) -> JsonObject:
    here: object = start
    for step in steps:
        here = here.get(step) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


_RUNTIME: dict[str, object] = {
    "EMPTY": EMPTY,
    "FAILED": frozenset({Bad, Cut}),
    "Bad": Bad,
    "ItemState": ItemState,
    "Many": Many,
    "MessageTooLarge": MessageTooLarge,
    "NO_ROW": (None, None),
    "PartialDate": PartialDate,
    "Pending": Pending,
    "XmlElement": XmlElement,
    "compose": unicodedata.normalize,
    "attribute_of": attribute_of,
    "attributes_of": attributes_of,
    "elements": _elements,
    "existing": _existing,
    "fold_key": fold_key,
    "kids": kids,
    "members": members,
    "peek": _peek,
    "scalar_text": scalar_text,
    "text_below": text_below,
    "virtual_child": virtual_child,
}
