"""Conditions against shapes: paths, types, literals outside an enumeration, branches that can never hold.

Every condition becomes a formula over the cases it asks about; what only run time can decide (`<`, `matches`, two
paths compared) is an opaque question in it.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from gateway.errors import Place
from gateway.mapping.check.findings import MOST_LISTED, listed
from gateway.mapping.check.logic import (
    FALSE,
    MISSING,
    TRUE,
    All,
    AnyOf,
    Domain,
    Formula,
    Has,
    Nay,
    OneOf,
    Opaque,
    allowed,
    both,
    nay,
    satisfiable,
)
from gateway.mapping.check.native_filters import native_formula
from gateway.mapping.check.reach import Reach, items_of
from gateway.mapping.check.scope import Scope, variable_of
from gateway.mapping.check.study import Study
from gateway.mapping.language.conditions import (
    And,
    Compare,
    Condition,
    Count,
    In,
    Is,
    Literal,
    Matches,
    Not,
    Operand,
    Or,
    Outer,
)
from gateway.mapping.language.conditions import (
    Has as HasCondition,
)
from gateway.mapping.language.rules import Inside, Word
from gateway.mapping.load.reading import suggestion
from gateway.mapping.paths.path import Path
from gateway.mapping.shapes.shape import Facts
from gateway.mapping.shapes.sources import ENVELOPE_TRAIL

__all__ = ["Conditions", "domain_of"]

_Seen: TypeAlias = Reach | None


class Conditions:
    """Reads conditions where they stand."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def formula(self, condition: Condition | None, scope: Scope, *, told: bool = True) -> Formula:
        """Give what a condition asks; without a condition, true. With `told`, one that can never hold is C202."""
        if condition is None:
            return TRUE
        before = len(self._study.findings.faults)
        formula = self._of(condition, scope)
        clean = len(self._study.findings.faults) == before
        if told and clean and not self.possible(both(scope.guard, formula)):
            self._study.findings.error(
                "C202", "this can never hold here", condition.place, "remove it, or what it guards"
            )
            self._study.give_up(scope)
        return formula

    def native(self, context: object, outer: Scope) -> Formula:
        """Give which items a path takes by its own filters; `outer` is where the path begins."""
        start = outer.here
        if isinstance(context, Inside):
            start = outer.blocks.get(context.name.text, start)
            context = context.path
        if not isinstance(context, Path):
            return TRUE
        path = context

        def at(number: int) -> Callable[[Path], tuple[str, ...] | None]:
            nodes = self._study.walker.go(replace(path, steps=path.steps[: number + 1]), start)
            scopes = [outer.at(items_of(node), item=False, loops=0) for node in nodes]

            def variable(tested: Path) -> tuple[str, ...] | None:
                found = [(reach, scope) for scope in scopes for reach in self._study.walker.go(tested, scope.here)]
                if len(found) != 1 or not found[0][0].occurs.single or not found[0][0].facts.readable:
                    return None
                return self._variable(*found[0])

            return variable

        return native_formula(path, at)

    def possible(self, formula: Formula) -> bool:
        """True unless it is certain that a formula never holds."""
        return satisfiable(formula, self._study.coverage.domains)

    def _of(self, condition: Condition, scope: Scope) -> Formula:
        match condition:
            case And(items):
                return self._and(items, scope)
            case Or(items):
                return AnyOf(tuple(self._of(item, scope) for item in items))
            case Not(item):
                return nay(self._of(item, scope))
            case HasCondition(item):
                return self._has(item, scope)
            case Compare():
                return self._compare(condition, scope)
            case In():
                return self._in(condition, scope)
            case Matches():
                return self._matches(condition, scope)
            case Is():
                return self._is(condition, scope)

    def _and(self, items: tuple[Condition, ...], scope: Scope) -> Formula:
        whole: Formula = TRUE
        for item in items:
            whole = both(whole, self._of(item, scope.assuming(whole)))
        return whole

    # -- operands -----------------------------------------------------------------------------------------------------

    def _reaches(self, item: Path | Outer, scope: Scope) -> list[Reach]:
        if isinstance(item, Outer):
            block = self._study.block(Word(item.block, item.place), scope)
            found = [] if block is None else self._study.walker.go(item.path, block)
        else:
            found = self._study.walker.go(item, scope.here)
        for reach in found:
            self._study.read(reach, scope, item.place)
        return found

    def _single(self, item: Path | Outer, scope: Scope) -> _Seen:
        """Give the one value a comparison looks at, or None after a fault."""
        found = self._reaches(item, scope)
        if len(found) != 1:
            if found:
                self._study.findings.error("P107", "this path leads to several places; compare one value", item.place)
            return None
        reach = found[0]
        if not reach.occurs.single:
            message = f"{reach.said} may occur several times; a comparison needs one value"
            self._study.findings.error("P107", message, item.place, "write has(), count(), or a block with where")
            return None
        if not reach.facts.readable and not reach.open:
            self._study.findings.error("P105", f"{reach.said} has no value of its own", item.place)
            return None
        return reach

    def _variable(self, reach: Reach, scope: Scope) -> tuple[str, ...]:
        variable = variable_of(reach, scope)
        domain = domain_of(reach, self._study)
        known = self._study.coverage.domains.get(variable)
        if known is not None:
            domain = Domain(domain.codes, known.optional or domain.optional)
        self._study.coverage.domains[variable] = domain
        return variable

    # -- kinds of conditions ------------------------------------------------------------------------------------------

    def _has(self, item: Path | Outer, scope: Scope) -> Formula:
        found = self._reaches(item, scope)
        if not found:
            return Opaque(("has", str(item)))
        return (
            AnyOf(tuple(Has(self._variable(reach, scope)) for reach in found))
            if len(found) > 1
            else Has(self._variable(found[0], scope))
        )

    def _compare(self, compare: Compare, scope: Scope) -> Formula:
        left, right = compare.left, compare.right
        if isinstance(left, Literal) and not isinstance(right, Literal):
            left, right = right, left
        if isinstance(left, Path | Outer) and isinstance(right, Literal):
            reach = self._single(left, scope)
            if reach is None:
                return Opaque(("compare", str(compare.place)))
            return self._with_literal(compare, reach, right, left.place, scope)
        parts: list[Formula] = []
        for side in (left, right):
            parts += self._operand(side, scope)
        return All((*parts, Opaque((compare.operator, _key(left, scope), _key(right, scope)))))

    def _operand(self, side: Operand, scope: Scope) -> list[Formula]:
        if isinstance(side, Count):
            self._reaches(side.item, scope)
            return []
        if isinstance(side, Literal):
            return []
        reach = self._single(side, scope)
        return [] if reach is None else [Has(self._variable(reach, scope))]

    def _with_literal(self, compare: Compare, reach: Reach, literal: Literal, place: Place, scope: Scope) -> Formula:
        variable = self._variable(reach, scope)
        if compare.operator in {"<", "<=", ">", ">="}:
            return All((Has(variable), Opaque((compare.operator, *variable, literal.text))))
        code = self._code(reach, literal, compare.operator)
        equal = FALSE if code is None else OneOf(variable, frozenset({code}))
        if compare.operator == "==":
            return equal
        if self._may_miss(variable, scope):
            self._study.findings.warning(
                "C203",
                f"{reach.said} may be missing, and then this is false too",
                place,
                f"write has({_written(compare.left)}) and ..., or not has({_written(compare.left)}) or ...",
            )
        return All((Has(variable), Nay(equal)))

    def _may_miss(self, variable: tuple[str, ...], scope: Scope) -> bool:
        if not self._study.coverage.domains[variable].optional:
            return False
        cases = allowed(variable, scope.guard, self._study.coverage.domains)
        return cases is None or MISSING in cases

    def _code(self, reach: Reach, literal: Literal, operator: str) -> str | None:
        """Give the code of the enumeration that a literal means; report one that can never be (C201, C205)."""
        facts = reach.facts
        kinds = facts.kinds & {"text", "integer", "decimal", "boolean"}
        if kinds == {"boolean"} and literal.text not in {"true", "false", "1", "0"}:
            self._study.findings.error("C205", f"{reach.said} is true or false", literal.place, "write == true")
            return None
        codes = domain_of(reach, self._study).codes
        if codes is None:
            return literal.text
        found = next((code for code in codes if _same(code, literal)), None)
        if found is None:
            never = "be" if operator == "==" else "differ from nothing but"
            hint = suggestion(literal.text, codes) if len(codes) > MOST_LISTED else ""
            message = f"{reach.said} can never {never} '{literal.text}': the schema allows {listed(codes)}"
            self._study.findings.error("C201", message + hint, literal.place)
        return found

    def _in(self, condition: In, scope: Scope) -> Formula:
        if not isinstance(condition.item, Path | Outer):
            self._operand(condition.item, scope)
            return Opaque(("in", str(condition.place)))
        reach = self._single(condition.item, scope)
        if reach is None:
            return Opaque(("in", str(condition.place)))
        variable = self._variable(reach, scope)
        codes = [self._code(reach, literal, "==") for literal in condition.literals]
        return OneOf(variable, frozenset(code for code in codes if code is not None))

    def _matches(self, condition: Matches, scope: Scope) -> Formula:
        reach = self._single(condition.item, scope)
        if condition.pattern not in self._study.patterns:
            hint = suggestion(condition.pattern, self._study.patterns)
            self._study.findings.error("X505", f"no pattern is named '{condition.pattern}'{hint}", condition.place)
        self._study.used_patterns.add(condition.pattern)
        if reach is None:
            return Opaque(("matches", str(condition.place)))
        variable = self._variable(reach, scope)
        return All((Has(variable), Opaque(("matches", *variable, condition.pattern))))

    def _is(self, condition: Is, scope: Scope) -> Formula:
        here = scope.here
        names = {variant.facts.type_name.rpartition("}")[2] for variant in here.facts.variants}
        names |= {here.trail[-1].rpartition("}")[2]} if here.trail else set()
        names.discard("")
        if condition.type.rpartition(":")[2] not in names and not here.open:
            hint = suggestion(condition.type, names)
            message = f"{here.label or 'the document'} is never of type '{condition.type}'{hint}"
            self._study.findings.error("C207", message, condition.place)
        return Opaque(("is", *here.trail, condition.type))


def domain_of(reach: Reach, study: Study) -> Domain:
    """Give the cases of a value: the codes its schema allows, and whether it may be missing."""
    facts = reach.facts
    codes = facts.codes
    kinds = facts.kinds & {"text", "integer", "decimal", "boolean"}
    if codes is None and kinds == {"boolean"}:
        codes = ("true", "false")
    nulls = study.nulls if reach.trail[:1] != (ENVELOPE_TRAIL,) else frozenset()
    optional = reach.occurs.low == 0 or reach.nillable or facts.blank or _may_be_object(facts) or bool(nulls)
    if codes is not None:
        optional = reach.occurs.low == 0 or reach.nillable or any(not code.strip() or code in nulls for code in codes)
        codes = tuple(code for code in codes if code.strip() and code not in nulls)
    return Domain(codes, optional or reach.open)


def _may_be_object(facts: Facts) -> bool:
    """True if a value may have members instead of a text; an XML element with text and attributes has its text."""
    attributes = bool(facts.children) and all(name.startswith("@") for name in facts.children)
    return "object" in facts.kinds and not (attributes and facts.others is None)


def _same(code: str, literal: Literal) -> bool:
    if code == literal.text:
        return True
    if literal.kind != "number":
        return False
    try:
        return Decimal(code) == Decimal(literal.text)
    except InvalidOperation:
        return False


def _written(operand: Operand) -> str:
    return str(operand) if isinstance(operand, Path) else "..."


def _key(operand: Operand, scope: Scope) -> str:
    match operand:
        case Literal(text=text):
            return f"'{text}'"
        case Path(text=text):
            return "/".join((*scope.here.trail, text))
        case Outer(block=block, path=path):
            return f"in({block},{path.text})"
        case Count(item=item):
            return f"count({_key(item, scope)})"
