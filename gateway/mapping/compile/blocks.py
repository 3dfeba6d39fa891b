"""Compiling blocks: their loops, items and fields, small ones inside the function of what is around them."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.mapping.compile.facts import field_refers, may_drop, value_refers, weight
from gateway.mapping.compile.reads import NodeCode, plain_clean
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
from gateway.mapping.compile.writes import Holder
from gateway.mapping.program.program import Block, Field, Program, Split
from gateway.mapping.program.values import Ground, RefOrigin, RouteSource
from gateway.mapping.run.run import MAX_FRAMES

__all__ = ["BlockCompiler"]

_ARGUMENTS = ("c", "cs", "f", "o", "it", "en", "ca")
_HOISTED = ("frames", "lineage", "nodes", "pending")
_DEEPEST = 6
_HEAVIEST = 24


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """Where one block is compiled: its field, the names of its function, what it reads, and the variables of its loop.

    `own` says that an item keeps track of itself, `drops` that it may be dropped while it is made.
    """

    block: Block
    field: Field
    names: Names
    node: NodeCode
    around: Holder
    depth: int
    frame: str
    item: str
    position: ast.expr
    listing: str
    own: bool
    drops: bool

    @property
    def rule(self) -> ast.expr:
        """The block as a constant."""
        return self.names.constant(self.block)

    @property
    def target(self) -> ast.expr:
        """The field as a constant."""
        return self.names.constant(self.field)


class BlockCompiler:
    """Compiles the functions of one program. `functions` are their definitions, in the order of their making."""

    def __init__(self, program: Program, lines: Lines, shared: dict[str, object]) -> None:
        self._program = program
        self._lines = lines
        self._shared = shared
        self._plain = plain_clean(program)
        self.functions: list[ast.FunctionDef] = []

    def split(self, split: Split, ground: Ground, *, rooted: bool) -> str:
        """Compile the function of a split; its `cs` is the node itself."""
        names = Names(self._shared)
        node = NodeCode(names, ground, "cs", rooted, self._plain)
        into = Holder("o", "it", "en", "ca", "f", split.fields, fresh=True, outermost=True)
        body = self._fields(split.fields, names, node, into, 0)
        name = f"split{split.number}"
        self._define(name, [*into.setup, *node.setup, *body], split)
        return name

    def _define(self, name: str, body: list[ast.stmt], rule: Split | Block) -> None:
        arguments = ast.arguments([], [ast.arg(one) for one in _ARGUMENTS], None, [], [], None, [])
        head: list[ast.stmt] = [assign(one, attribute(load("c"), one)) for one in _HOISTED]
        function = ast.FunctionDef(name, arguments, [*head, *body], [], None)
        locate([function], rule.place, self._lines)
        self.functions.append(function)

    # -- fields -----------------------------------------------------------------------------------------------------

    def _fields(
        self, fields: Sequence[Field], names: Names, node: NodeCode, into: Holder, depth: int
    ) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        for field in fields:
            before = len(node.setup)
            statements = self._field(field, names, node, into, depth)
            # What this field was the first to read is read here, so that a traceback points at it.
            statements = [*node.setup[before:], *statements]
            del node.setup[before:]
            if field.required_list:
                holder, found = into.below(names, field.steps[:-1])
                empty = ast.List([], ast.Load())
                statements += found
                statements.append(statement(method(load(holder), "setdefault", names.constant(field.steps[-1]), empty)))
            into.wrote(field)
            locate(statements, field.place, self._lines)
            body += statements
        return body

    def _field(self, field: Field, names: Names, node: NodeCode, into: Holder, depth: int) -> list[ast.stmt]:
        if isinstance(field.content, tuple):
            statements: list[ast.stmt] = []
            for block in field.content:
                statements += self._block(block, field, names, node, into, depth)
                into.wrote(field)
            return statements
        slow = statement(method(load("c"), "slow", names.constant(field), load(into.frame), *into.rest()))
        if field.marks:
            return [slow]

        def write(result: ast.expr) -> list[ast.stmt]:
            return into.put(names, field, result)

        values = ValueCode(self._program, names, node, into.frame)
        if isinstance(field.content.origin, RefOrigin):
            return values.reference(field.content, field, into, write) or [slow]
        compiled = values.value(field.content, field.fit, slow, write, field)
        return [slow] if compiled is None else compiled

    # -- blocks -----------------------------------------------------------------------------------------------------

    def _block(
        self, block: Block, field: Field, names: Names, node: NodeCode, into: Holder, depth: int
    ) -> list[ast.stmt]:
        """Find the nodes of a block and map them here, by its own function, or by the interpreter."""
        arguments = [names.constant(block), names.constant(field), load(into.frame), *into.rest()]
        slow = statement(method(load("c"), "slow_block", *arguments))
        # What a filter leaves is counted before the items are mapped; with a condition too, the interpreter counts.
        filtered = self._filtered(block) and block.where is not None
        odd = block.entity is not None and self._odd_key(block)
        if block.pick is not None or block.choose or odd or filtered:
            return [slow]
        when: ast.expr | None = None
        if block.when is not None:
            when = node.test(block.when)
            if when is None:
                when = method(load("c"), "holds", names.constant(block.when), load(into.frame))
        if block.source is None:
            statements = self._here(block, field, names, node, into, depth)
        else:
            nodes = names.local("l")
            statements = self._nodes(block, nodes, arguments, names, node)
            run = self._over(block, field, names, nodes, into, depth)
            if not block.many:
                # Several nodes where one is expected: the interpreter tells which of them count.
                run = [if_(at_most(call("len", load(nodes)), const(1)), run, [slow])]
            statements += run
        return statements if when is None else [if_(when, statements)]

    def _filtered(self, block: Block) -> bool:
        """True where filters of the path leave nodes that have to be accounted for."""
        return block.every is not None and block.group in self._program.tracked

    @staticmethod
    def _odd_key(block: Block) -> bool:
        return any(not isinstance(key, RouteSource) for key in block.keys)

    def _nodes(
        self, block: Block, nodes: str, arguments: list[ast.expr], names: Names, node: NodeCode
    ) -> list[ast.stmt]:
        generic = assign(nodes, method(load("c"), "candidates", *arguments))
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

    def _here(
        self, block: Block, field: Field, names: Names, node: NodeCode, into: Holder, depth: int
    ) -> list[ast.stmt]:
        """Map the node that the rules around are at; what was read of it is known."""
        at = self._at(block, field, names, node.inner(), into, depth, const(0))
        return [*self._listing(at), *self._item(at)]

    def _over(self, block: Block, field: Field, names: Names, nodes: str, into: Holder, depth: int) -> list[ast.stmt]:
        """Map the nodes in a variable, one after the other."""
        if depth >= _DEEPEST or weight(block) > _HEAVIEST:
            name = f"block{block.number}"
            own = Names(self._shared)
            around = Holder("o", "it", "en", "ca", "f", into.fields, outermost=into.outermost)
            body = self._loop(block, field, own, "cs", around, 0)
            self._define(name, [*around.setup, *body], block)
            return [statement(call(name, load("c"), load(nodes), load(into.frame), *into.rest()))]
        return self._loop(block, field, names, nodes, into, depth + 1)

    def _loop(self, block: Block, field: Field, names: Names, nodes: str, into: Holder, depth: int) -> list[ast.stmt]:
        variable, position = names.local("n"), names.local("p")
        node = NodeCode(names, block.ground, variable, rooted=False, plain=self._plain)
        at = self._at(block, field, names, node, into, depth, load(position))
        # Positions count the nodes that there are; a null in an array is none.
        count: list[ast.stmt] = [ast.AugAssign(ast.Name(position, ast.Store()), ast.Add(), const(1))]
        if block.ground.kind == "json":
            count.insert(0, if_(is_none(load(variable)), [ast.Continue()]))
        item = self._item(at)
        room = at_most(const(MAX_FRAMES), ast.BinOp(call("len", load("frames")), ast.Add(), call("len", load(nodes))))
        for_ = ast.For(ast.Name(variable, ast.Store()), load(nodes), [*count, *item], [])
        counted: list[ast.stmt] = []
        if self._filtered(block):
            counted = [statement(method(load("c"), "count", at.rule, load(nodes), load(into.frame)))]
        return [
            *counted,
            if_(room, [ast.Raise(call("MessageTooLarge"), None)]),
            *self._listing(at),
            assign(position, const(-1)),
            for_,
        ]

    def _at(
        self,
        block: Block,
        field: Field,
        names: Names,
        node: NodeCode,
        into: Holder,
        depth: int,
        position: ast.expr,
    ) -> _At:
        refers = field_refers(field) if block.value is None else value_refers(block.value)
        drops = field.many and may_drop(self._program, block)
        own = drops or (field.many and refers)
        return _At(
            block,
            field,
            names,
            node,
            into,
            depth,
            names.local("g"),
            names.local("i") if own else into.item,
            position,
            names.local("h") if field.many else "",
            own,
            drops,
        )

    @staticmethod
    def _listing(at: _At) -> list[ast.stmt]:
        return at.around.listed(at.names, at.field, at.listing) if at.listing else []

    # -- items ------------------------------------------------------------------------------------------------------

    def _item(self, at: _At) -> list[ast.stmt]:
        """Map one node, if the block takes it."""
        block, node = at.block, at.node
        test: ast.expr | None = None
        if block.where is not None:
            test = node.test(block.where)
            if test is None:
                test = method(load("c"), "takes", at.rule, load(node.node), load(at.around.frame))
        read = list(node.setup)
        node.setup.clear()
        tracked = block.where is not None and block.group in self._program.tracked
        arguments = (at.rule, load(node.node), load(at.around.frame), at.position)
        body: list[ast.stmt] = [statement(method(load("c"), "take", *arguments))] if tracked else []
        left: list[ast.stmt] = [statement(method(load("c"), "leave", *arguments))] if tracked else []
        body += self._frame(at)
        body += self._object_item(at) if block.value is None else self._value_item(at)
        return [*read, *body] if test is None else [*read, if_(test, body, left)]

    def _frame(self, at: _At) -> list[ast.stmt]:
        """Note the node, and where its item will stand."""
        length: ast.expr = const(0)
        if at.listing:
            length = ast.IfExp(is_none(load(at.listing)), const(0), call("len", load(at.listing)))
        frame = tuple_of(const(at.block.number), load(at.around.frame), at.position, length)
        statements: list[ast.stmt] = [
            assign(at.frame, call("len", load("frames"))),
            statement(method(load("frames"), "append", frame)),
            statement(method(load("nodes"), "append", load(at.node.node))),
        ]
        if at.drops:
            statements.append(assign(f"m{at.frame}", method(load("c"), "marked")))
        if at.own:
            outer, inner = ast.keyword("outer", load(at.around.item)), ast.keyword("frame", load(at.frame))
            statements.append(assign(at.item, ast.Call(load("ItemState"), [], [outer, inner])))
        return statements

    def _value_item(self, at: _At) -> list[ast.stmt]:
        block, field, around = at.block, at.field, at.around
        if block.value is None:
            return []
        rest = [load(around.object), load(at.item), load(around.entity), load(around.carrier), load(around.item)]
        slow = statement(method(load("c"), "slow_value", at.rule, at.target, load(at.frame), *rest))
        relist: list[ast.stmt] = []
        if at.listing:
            relist = [assign(at.listing, call("peek", load(around.object), at.names.constant(field.steps)))]
        if block.marks or at.own:
            return [slow, *relist]
        again = if_(const(True), [slow, *relist])

        def write(result: ast.expr) -> list[ast.stmt]:
            if at.listing:
                return around.append(at.names, field, at.listing, result)
            return around.put(at.names, field, result)

        values = ValueCode(self._program, at.names, at.node, at.frame)
        compiled = values.value(block.value, block.fit, again, write, field)
        setup = list(at.node.setup)
        at.node.setup.clear()
        return [slow, *relist] if compiled is None else [*setup, *compiled]

    def _object_item(self, at: _At) -> list[ast.stmt]:
        block, field, around = at.block, at.field, at.around
        made = at.names.local("w")
        fresh = field.many or (not block.many and around.absent(field))
        entity = made if block.entity is not None else around.entity
        carrier = made if block.fit.statement else around.carrier
        into = Holder(made, at.item, entity, carrier, at.frame, block.fields, fresh=fresh)
        fields = self._fields(block.fields, at.names, at.node, into, at.depth)
        own = [ast.Assign([ast.Attribute(load(at.item), "object", ast.Store())], load(made))] if at.own else []
        key: ast.expr = load(f"k{at.frame}") if block.entity is not None and block.keys else const(None)
        done = self._attached(at, into, key)
        if at.drops:
            back = statement(method(load("c"), "back", load(f"m{at.frame}")))
            done = [if_(attribute(load(at.item), "dropped"), [back], done)]
        body: list[ast.stmt] = [*own, *into.setup, *fields, *done]
        found: ast.expr = ast.Dict([], [])
        if not fresh:
            found = call("existing", load(around.object), at.names.constant(field.steps))
        if block.entity is None:
            return [assign(made, found), *body]
        body.insert(0, put_item(load(made), const("id"), self._new_id(at, key)))
        body.insert(0, assign(made, found))
        if not block.keys:
            return body
        read = assign(f"k{at.frame}", method(load("c"), "key", at.rule, load(at.frame)))
        return [read, if_(method(load("c"), "admitted", at.rule, at.target, key, load(at.frame)), body)]

    @staticmethod
    def _new_id(at: _At, key: ast.expr) -> ast.expr:
        label = const("" if at.block.entity is None else at.block.entity.label)
        if at.around.outermost and not at.block.keys:
            return method(load("c"), "make_id", label, at.position)
        return method(load("c"), "new_id", label, key, load(at.frame))

    def _attached(self, at: _At, into: Holder, key: ast.expr) -> list[ast.stmt]:
        """Put an object that something was filled in into its place."""
        block, field, made = at.block, at.field, load(into.object)
        body: list[ast.stmt] = []
        if block.marks:
            marks = [at.rule, at.target, load(at.frame), *into.rest(), made]
            body.append(statement(method(load("c"), "block_marks", *marks)))
        if at.listing:
            body += at.around.append(at.names, field, at.listing, made)
        else:
            body += at.around.put(at.names, field, made)
        if at.own:
            body.append(ast.Assign([ast.Attribute(load(at.item), "items", ast.Store())], load(at.listing)))
            body.append(statement(method(attribute(attribute(load("c"), "run"), "items"), "append", load(at.item))))
        if block.entity is None:
            return [if_(made, body)]
        enter = method(load("c"), "enter", const(block.entity.label), key, made, load(at.frame))
        body.append(statement(enter))
        return [if_(not_(at_most(call("len", made), const(1))), body)]
