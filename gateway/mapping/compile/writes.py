"""Compiling what is written: going down to objects, appending to lists, and the variables that rules write into."""

import ast
from collections.abc import Sequence

from gateway.mapping.compile.syntax import (
    Names,
    assign,
    call,
    const,
    if_,
    load,
    method,
    not_,
    of_class,
    put_item,
    statement,
)
from gateway.mapping.program.program import Field

__all__ = ["Holder", "descend", "listed", "put"]


class Holder:
    """The variables that rules write into."""

    def __init__(self, object_: str, item_: str, entity: str, carrier: str, frame: str) -> None:
        self.object = object_
        self.item = item_
        self.entity = entity
        self.carrier = carrier
        self.frame = frame

    def rest(self) -> list[ast.expr]:
        """Give the arguments that say where to write."""
        return [load(self.object), load(self.item), load(self.entity), load(self.carrier)]


def descend(names: Names, start: str, steps: Sequence[str], last: str) -> list[ast.stmt]:
    """Go down to an object, making what is not there, and leave it in a variable."""
    statements: list[ast.stmt] = []
    here = start
    for step in steps:
        statements.append(assign(last, method(load(here), "get", names.constant(step))))
        missing = not_(of_class(load(last), "dict"))
        if here == last:
            holder = names.local("h")
            statements[-1:] = [
                assign(holder, load(last)),
                assign(last, method(load(holder), "get", names.constant(step))),
            ]
            here = holder
        made = put_item(load(here), names.constant(step), ast.Dict([], []), also=last)
        statements.append(if_(missing, [made]))
        here = last
    return statements


def put(names: Names, field: Field, start: str, result: ast.expr) -> list[ast.stmt]:
    """Write a value at its steps, as the next item where the target is a list."""
    statements: list[ast.stmt] = []
    holder = start
    if len(field.steps) > 1:
        holder = names.local("h")
        statements += descend(names, start, field.steps[:-1], holder)
    name = names.constant(field.steps[-1])
    if not field.many:
        return [*statements, put_item(load(holder), name, result)]
    items = names.local("h")
    made = put_item(load(holder), names.constant(field.steps[-1]), ast.List([], ast.Load()), also=items)
    return [
        *statements,
        assign(items, method(load(holder), "get", name)),
        if_(not_(of_class(load(items), "list")), [made]),
        statement(method(load(items), "append", result)),
    ]


def listed(names: Names, field: Field, listing: str) -> list[ast.stmt]:
    """Leave the list of a field in a variable, None without one."""
    if len(field.steps) > 1:
        return [assign(listing, call("peek", load("o"), names.constant(field.steps)))]
    found = assign(listing, method(load("o"), "get", names.constant(field.steps[0])))
    return [found, if_(not_(of_class(load(listing), "list")), [assign(listing, const(None))])]
