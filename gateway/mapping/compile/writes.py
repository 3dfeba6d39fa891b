"""Compiling what is written: going down to objects, appending to lists, and the variables that rules write into.

An object below another is looked for once an item; its variable is None until then. What no rule wrote yet is known
not to be there in an object that was made here, and is not looked for at all.
"""

import ast
from collections.abc import Sequence

from gateway.mapping.compile.syntax import (
    Names,
    assign,
    call,
    if_,
    is_none,
    load,
    method,
    not_,
    of_class,
    put_item,
    statement,
)
from gateway.mapping.program.program import Field

__all__ = ["Holder"]

_BY_OTHERS = frozenset({"extensions", "handling", "header", "stated_unknown", "statement"})
"""Members that marks and policies write too."""


class Holder:
    """The variables that rules write into, and what is known of their object.

    `fields` are those that write into the object, `fresh` says that it was made by this code, `outermost` that its
    frame is that of the message. `setup` runs when the object is made.
    """

    def __init__(
        self,
        object_: str,
        item: str,
        entity: str,
        carrier: str,
        frame: str,
        fields: Sequence[Field] = (),
        *,
        fresh: bool = False,
        outermost: bool = False,
    ) -> None:
        self.object = object_
        self.item = item
        self.entity = entity
        self.carrier = carrier
        self.frame = frame
        self.fields = fields
        self.fresh = fresh
        self.outermost = outermost
        self.setup: list[ast.stmt] = []
        self._below: dict[tuple[str, ...], str] = {}
        self._written: set[str] = set()

    def rest(self) -> list[ast.expr]:
        """Give the arguments that say where to write."""
        return [load(self.object), load(self.item), load(self.entity), load(self.carrier)]

    def wrote(self, field: Field) -> None:
        """Note that the rules of a field stand before what is compiled from now on."""
        self._written.add(field.steps[0])

    def absent(self, field: Field) -> bool:
        """True when nothing can be there yet, at the field and above it."""
        return self.fresh and field.steps[0] not in self._written and field.steps[0] not in _BY_OTHERS

    def below(self, names: Names, steps: Sequence[str]) -> tuple[str, list[ast.stmt]]:
        """Give the variable of the object at some steps, and the statements that find or make it."""
        path = tuple(steps)
        if not path:
            return self.object, []
        above, statements = self.below(names, path[:-1])
        known = self._below.get(path)
        # A rule that writes the object itself may put another in its place.
        shared = not any(path[: len(field.steps)] == tuple(field.steps) for field in self.fields)
        variable = known if known is not None else names.local("h")
        name = names.constant(path[-1])
        find = [
            *statements,
            assign(variable, method(load(above), "get", name)),
            if_(not_(of_class(load(variable), "dict")), [put_item(load(above), name, ast.Dict([], []), also=variable)]),
        ]
        if not shared:
            return variable, find
        if known is None:
            self._below[path] = variable
            self.setup.append(assign(variable, ast.Constant(None)))
        return variable, [if_(is_none(load(variable)), find)]

    def put(self, names: Names, field: Field, result: ast.expr) -> list[ast.stmt]:
        """Write a value at its steps, as the next item where the target is a list."""
        holder, statements = self.below(names, field.steps[:-1])
        name = names.constant(field.steps[-1])
        if not field.many:
            return [*statements, put_item(load(holder), name, result)]
        if self.absent(field):
            return [*statements, put_item(load(holder), name, ast.List([result], ast.Load()))]
        items = names.local("h")
        made = put_item(load(holder), names.constant(field.steps[-1]), ast.List([], ast.Load()), also=items)
        return [
            *statements,
            assign(items, method(load(holder), "get", name)),
            if_(not_(of_class(load(items), "list")), [made]),
            statement(method(load(items), "append", result)),
        ]

    def listed(self, names: Names, field: Field, listing: str) -> list[ast.stmt]:
        """Leave the list of a field in a variable, None without one."""
        nothing = assign(listing, ast.Constant(None))
        if self.absent(field):
            return [nothing]
        if len(field.steps) > 1:
            return [assign(listing, call("peek", load(self.object), names.constant(field.steps)))]
        found = assign(listing, method(load(self.object), "get", names.constant(field.steps[0])))
        return [found, if_(not_(of_class(load(listing), "list")), [nothing])]

    def append(self, names: Names, field: Field, listing: str, result: ast.expr) -> list[ast.stmt]:
        """Append to the list of a field that a variable holds; the list is made by its first item."""
        holder, statements = self.below(names, field.steps[:-1])
        first = put_item(load(holder), names.constant(field.steps[-1]), ast.List([result], ast.Load()), also=listing)
        return [if_(is_none(load(listing)), [*statements, first], [statement(method(load(listing), "append", result))])]
