"""Compiling blocks: one function for each, with its loop, its items and its fields."""

import ast
from collections.abc import Sequence

from gateway.mapping.compile.facts import field_refers, may_drop, value_refers
from gateway.mapping.compile.reads import NodeCode
from gateway.mapping.compile.syntax import (
    Lines,
    Names,
    assign,
    at_most,
    attribute,
    call,
    const,
    if_,
    is_none,
    load,
    locate,
    method,
    not_,
    of_class,
    put_item,
    statement,
    tuple_of,
)
from gateway.mapping.compile.values import ValueCode
from gateway.mapping.compile.writes import Holder, descend, listed, put
from gateway.mapping.program.program import Block, Field, Program, Split
from gateway.mapping.program.values import Ground, RefOrigin, RouteSource
from gateway.mapping.run.run import MAX_FRAMES

__all__ = ["BlockCompiler"]

_ARGUMENTS = ("c", "cs", "f", "o", "it", "en", "ca")


class BlockCompiler:
    """Compiles the functions of one program. `functions` are their definitions, in the order of their making."""

    def __init__(self, program: Program, lines: Lines, shared: dict[str, object]) -> None:
        self._program = program
        self._lines = lines
        self._shared = shared
        self.functions: list[ast.FunctionDef] = []

    def split(self, split: Split, ground: Ground, *, rooted: bool) -> str:
        """Compile the function of a split; its `cs` is the node itself."""
        names = Names(self._shared)
        node = NodeCode(names, ground, "n", rooted)
        body = self._fields(split.fields, names, node, Holder("o", "it", "en", "ca", "f"))
        name = f"split{split.number}"
        head = [assign("n", load("cs")), assign("leaf", attribute(load("c"), "leaf"))]
        self._define(name, [*head, *node.setup, *body], split)
        return name

    def _define(self, name: str, body: list[ast.stmt], rule: Split | Block) -> None:
        arguments = ast.arguments([], [ast.arg(one) for one in _ARGUMENTS], None, [], [], None, [])
        function = ast.FunctionDef(name, arguments, body or [ast.Pass()], [], None)
        locate([function], rule.place, self._lines)
        self.functions.append(function)

    # -- fields -----------------------------------------------------------------------------------------------------

    def _fields(self, fields: Sequence[Field], names: Names, node: NodeCode, into: "Holder") -> list[ast.stmt]:
        body: list[ast.stmt] = []
        for field in fields:
            before = len(node.setup)
            statements = self._field(field, names, node, into)
            # What this field was the first to read is read here, so that a traceback points at it.
            statements = [*node.setup[before:], *statements]
            del node.setup[before:]
            if field.required_list:
                holder = into.object
                if len(field.steps) > 1:
                    holder = names.local("h")
                    statements += descend(names, into.object, field.steps[:-1], holder)
                statements.append(
                    statement(
                        method(load(holder), "setdefault", names.constant(field.steps[-1]), ast.List([], ast.Load()))
                    )
                )
            locate(statements, field.place, self._lines)
            body += statements
        return body

    def _field(self, field: Field, names: Names, node: NodeCode, into: "Holder") -> list[ast.stmt]:
        if isinstance(field.content, tuple):
            return [one for block in field.content for one in self._call(block, field, names, node, into)]
        slow = self._slow(field, names, into)
        if field.marks:
            return [slow]

        def write(result: ast.expr) -> list[ast.stmt]:
            return put(names, field, into.object, result)

        values = ValueCode(self._program, names, node, into.frame)
        if isinstance(field.content.origin, RefOrigin):
            rest = [load(into.frame), load(into.object), load(into.item)]
            return values.reference(field.content, field, rest) or [slow]
        compiled = values.value(field.content, field.fit, slow, write, field)
        return [slow] if compiled is None else compiled

    def _slow(self, field: Field, names: Names, into: "Holder") -> ast.stmt:
        return statement(method(load("c"), "slow", names.constant(field), load(into.frame), *into.rest()))

    # -- blocks -----------------------------------------------------------------------------------------------------

    def _call(self, block: Block, field: Field, names: Names, node: NodeCode, into: "Holder") -> list[ast.stmt]:
        """Find the nodes of a block and hand them to its function, or run it by the interpreter."""
        arguments = [names.constant(block), names.constant(field), load(into.frame), *into.rest()]
        slow = statement(method(load("c"), "slow_block", *arguments))
        filtered = block.every is not None and block.group in self._program.tracked
        odd = block.entity is not None and self._odd_key(block)
        if block.pick is not None or block.choose or odd or filtered:
            return [slow]
        when: ast.expr | None = None
        if block.when is not None:
            when = node.test(block.when)
            if when is None:
                when = method(load("c"), "holds", names.constant(block.when), load(into.frame))
        nodes = names.local("l")
        statements = self._nodes(block, nodes, arguments, names, node)
        name = self._function(block, field, node)
        run = statement(call(name, load("c"), load(nodes), load(into.frame), *into.rest()))
        if block.source is not None and not block.many:
            # Several nodes where one is expected: the interpreter tells which of them count.
            statements.append(if_(at_most(call("len", load(nodes)), const(1)), [run], [slow]))
        else:
            statements.append(run)
        return statements if when is None else [if_(when, statements)]

    @staticmethod
    def _odd_key(block: Block) -> bool:
        return any(not isinstance(key, RouteSource) for key in block.keys)

    def _nodes(
        self, block: Block, nodes: str, arguments: list[ast.expr], names: Names, node: NodeCode
    ) -> list[ast.stmt]:
        generic = assign(nodes, method(load("c"), "candidates", *arguments))
        if block.source is None:
            return [assign(nodes, tuple_of(load(node.node)))]
        if not isinstance(block.source, RouteSource) or node.ground.kind not in {"json", "xml", "virtual"}:
            return [generic]
        if node.ground.kind == "virtual":
            name = node.child(block.source.route)
            return [generic] if not name else [assign(nodes, call("members", load(node.node), const(name)))]
        expression = node.read(block.source.route)
        if expression is None or not block.source.route.steps:
            return [generic]
        value = names.local("x")
        if node.ground.kind == "json":
            lone = ast.IfExp(is_none(load(value)), ast.Tuple([], ast.Load()), tuple_of(load(value)))
            listed = ast.IfExp(of_class(load(value), "list"), load(value), lone)
            return [assign(value, expression), assign(nodes, listed)]
        # Below several elements of one name the nodes are found by walking.
        several = if_(of_class(load(value), "Many"), [generic], [assign(nodes, call("elements", load(value)))])
        return [assign(value, expression), several]

    def _function(self, block: Block, field: Field, around: NodeCode) -> str:
        name = f"block{block.number}"
        names = Names(self._shared)
        ground = block.ground if block.source is not None else around.ground
        rooted = around.rooted and block.source is None
        node = NodeCode(names, ground, "n", rooted)
        loop = self._loop(block, field, names, node)
        room = at_most(const(MAX_FRAMES), ast.BinOp(call("len", load("frames")), ast.Add(), call("len", load("cs"))))
        head = [
            assign("frames", attribute(load("c"), "frames")),
            if_(room, [ast.Raise(call("MessageTooLarge"), None)]),
            assign("leaf", attribute(load("c"), "leaf")),
            assign("nodes", attribute(load("c"), "nodes")),
        ]
        listing = names.local("h") if field.many else ""
        if field.many:
            head += listed(names, field, listing)
            loop = [_Renamed(listing).visit(one) for one in loop]
        # Positions count the nodes that there are; a null in an array is none.
        count: list[ast.stmt] = [ast.AugAssign(ast.Name("p", ast.Store()), ast.Add(), const(1))]
        if ground.kind == "json":
            count.insert(0, if_(is_none(load("n")), [ast.Continue()]))
        for_ = ast.For(ast.Name("n", ast.Store()), load("cs"), [*count, *loop], [])
        self._define(name, [*head, assign("p", const(-1)), for_], block)
        return name

    def _loop(self, block: Block, field: Field, names: Names, node: NodeCode) -> list[ast.stmt]:
        selected = self._where(block, names, node)
        own = field.many and (field_refers(field) if block.value is None else value_refers(block.value))
        own = own or (field.many and may_drop(self._program, block))
        length: ast.expr = const(0)
        if field.many:
            length = ast.IfExp(is_none(load(_LIST)), const(0), call("len", load(_LIST)))
        frame: list[ast.stmt] = [
            assign("g", call("len", load("frames"))),
            statement(method(load("frames"), "append", tuple_of(const(block.number), load("f"), load("p"), length))),
            statement(method(load("nodes"), "append", load("n"))),
        ]
        if own:
            frame.append(assign("m", method(load("c"), "marked")))
            state = ast.Call(load("ItemState"), [], [ast.keyword("outer", load("it")), ast.keyword("frame", load("g"))])
            frame.append(assign("i", state))
        item_state = "i" if own else "it"
        if block.value is not None:
            body = self._value_item(block, field, names, node, item_state, own=own)
        else:
            body = self._object_item(block, field, names, node, item_state, own=own)
        setup = node.setup
        return [*setup, *selected, *frame, *body]

    def _where(self, block: Block, names: Names, node: NodeCode) -> list[ast.stmt]:
        if block.where is None:
            return []
        test = node.test(block.where)
        rule = names.constant(block)
        if test is None:
            test = method(load("c"), "takes", rule, load("n"), load("f"))
        arguments = (rule, load("n"), load("f"), load("p"))
        tracked = block.group in self._program.tracked
        left: list[ast.stmt] = [statement(method(load("c"), "leave", *arguments))] if tracked else []
        statements: list[ast.stmt] = [if_(not_(test), [*left, ast.Continue()])]
        if tracked:
            statements.append(statement(method(load("c"), "take", *arguments)))
        return statements

    def _value_item(
        self, block: Block, field: Field, names: Names, node: NodeCode, state: str, *, own: bool
    ) -> list[ast.stmt]:
        if block.value is None:
            return []
        into = Holder("o", state, "en", "ca", "g")
        rule = names.constant(block)
        slow = statement(
            method(load("c"), "slow_value", rule, names.constant(field), load("g"), *into.rest(), load("it"))
        )
        relist = [assign(_LIST, call("peek", load("o"), names.constant(field.steps)))] if field.many else []
        if block.marks or own:
            return [slow, *relist]
        before = len(node.setup)
        again = if_(const(True), [slow, *relist])

        def write(result: ast.expr) -> list[ast.stmt]:
            if field.many:
                return self._append(field, names, result)
            return put(names, field, "o", result)

        compiled = ValueCode(self._program, names, node, "g").value(block.value, block.fit, again, write, field)
        setup = node.setup[before:]
        del node.setup[before:]
        return [slow, *relist] if compiled is None else [*setup, *compiled]

    def _append(self, field: Field, names: Names, result: ast.expr) -> list[ast.stmt]:
        """Append to the list of the field, which is made by its first item."""
        make: list[ast.stmt] = []
        holder = "o"
        if len(field.steps) > 1:
            holder = names.local("h")
            make += descend(names, "o", field.steps[:-1], holder)
        make.append(put_item(load(holder), names.constant(field.steps[-1]), ast.List([], ast.Load()), also=_LIST))
        return [if_(is_none(load(_LIST)), make), statement(method(load(_LIST), "append", result))]

    def _object_item(
        self, block: Block, field: Field, names: Names, node: NodeCode, state: str, *, own: bool
    ) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        rule, target = names.constant(block), names.constant(field)
        if field.many:
            body.append(assign("w", ast.Dict([], [])))
        else:
            body.append(assign("w", call("existing", load("o"), names.constant(field.steps))))
        key: ast.expr = const(None)
        if block.entity is not None:
            if block.keys:
                body.append(assign("k", method(load("c"), "key", rule, load("g"))))
                key = load("k")
                admitted = method(load("c"), "admitted", rule, target, load("k"), load("g"))
                body.append(if_(not_(admitted), [ast.Continue()]))
            new = method(load("c"), "new_id", const(block.entity.label), key, load("g"))
            body.append(put_item(load("w"), const("id"), new))
        entity = "w" if block.entity is not None else "en"
        carrier = "w" if block.fit.statement else "ca"
        if own:
            body.append(ast.Assign([ast.Attribute(load("i"), "object", ast.Store())], load("w")))
        into = Holder("w", state, entity, carrier, "g")
        before = len(node.setup)
        fields = self._fields(block.fields, names, node, into)
        body += node.setup[before:]
        del node.setup[before:]
        body += fields
        if own:
            back = [statement(method(load("c"), "back", load("m"))), ast.Continue()]
            body.append(if_(attribute(load("i"), "dropped"), back))
        bare = at_most(call("len", load("w")), const(1)) if block.entity is not None else not_(load("w"))
        body.append(if_(bare, [ast.Continue()]))
        if block.marks:
            marks = method(load("c"), "block_marks", rule, target, load("g"), *into.rest(), load("w"))
            body.append(statement(marks))
        if field.many:
            body += self._append(field, names, load("w"))
        else:
            body += put(names, field, "o", load("w"))
        if own:
            body.append(ast.Assign([ast.Attribute(load("i"), "items", ast.Store())], load(_LIST)))
            body.append(statement(method(attribute(attribute(load("c"), "run"), "items"), "append", load("i"))))
        if block.entity is not None:
            body.append(statement(method(load("c"), "enter", const(block.entity.label), key, load("w"), load("g"))))
        return body


_LIST = "LIST"
"""Stands for the variable of the list until its name is known."""


class _Renamed(ast.NodeTransformer):
    def __init__(self, name: str) -> None:
        self._name = name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id == _LIST:
            node.id = self._name
        return node
