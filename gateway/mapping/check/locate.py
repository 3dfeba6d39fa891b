"""Locating a value: one or many, value or element, always there or not."""

from dataclasses import replace

from gateway.errors import Place
from gateway.mapping.check.background import background
from gateway.mapping.check.conditions import domain_of
from gateway.mapping.check.coverage import leaves_of
from gateway.mapping.check.known import NOTHING_KNOWN, Known
from gateway.mapping.check.logic import MISSING, TRUE, Domain, Has, allowed, both, present
from gateway.mapping.check.reach import Reach, filtered_trail
from gateway.mapping.check.scope import Scope, variable_of
from gateway.mapping.check.study import Study
from gateway.mapping.language.rules import All, Context, Join, Pick, PickKind, Value
from gateway.mapping.shapes.shape import SCALARS

__all__ = ["located"]


def located(study: Study, context: Context, value: Value, scope: Scope, *, flat: bool) -> Known:
    """Judge where a value comes from, and give what is known of it."""
    place = context.place
    found = study.resolve(context, scope)
    if isinstance(context, All | Join) and context.index.text in study.indexes:
        study.indexes[context.index.text].take(study.coverage, place)
    for reach in found:
        study.read(reach, scope, place)
    if not found:
        return NOTHING_KNOWN
    if value.pick is not None:
        return _picked(study, found, value.pick, scope, place)
    if len(found) > 1:
        study.findings.error("P110", "this path leads to several places", place, "add pick, or use each")
        return NOTHING_KNOWN
    reach = found[0]
    if not _has_value(study, reach, place, flat=flat):
        return NOTHING_KNOWN
    if flat and reach.facts.children:
        for leaf in leaves_of(reach):
            if not leaf.trail[-1].startswith("@"):
                study.coverage.reads.setdefault(leaf.trail, []).append((scope.guard, place))
    if flat and any(item != reach.trail and item[: len(reach.trail)] == reach.trail for item in study.walker.items):
        message = f"{_label(reach)} as a whole holds the items, so the file cannot be streamed"
        study.findings.error("G405", message, place, "name a part of it, or leave out reading: streamed")
    if not reach.occurs.single:
        times = "any number of times" if reach.occurs.high is None else f"up to {reach.occurs.high} times"
        study.findings.error("P110", f"{_label(reach)} may occur {times}", place, "add pick, or use each")
        return NOTHING_KNOWN
    return _narrowed(study, reach, scope)


def _has_value(study: Study, reach: Reach, place: Place, *, flat: bool) -> bool:
    facts = reach.facts
    if reach.open or facts.untyped:
        return True
    if "list" in facts.kinds and reach.label:
        study.findings.error(
            "P106", f"{reach.said} is a list" if not facts.readable else f"{reach.said} may be a list", place,
            "use each, or [*] with pick",
        )  # fmt: skip
        return False
    if not facts.readable and not (flat and study.walker.notation.kind == "xml"):
        parts = "children" if facts.children or facts.others is not None else "content"
        message = (
            f"{_label(reach)} has {parts}, no value of its own" if parts == "children" else f"{_label(reach)} is empty"
        )
        study.findings.error("P105", message, place, "name the part that is meant, or convert with flatten")
        return False
    return True


def _narrowed(study: Study, reach: Reach, scope: Scope) -> Known:
    """What the schema says, and what the conditions around say beyond it."""
    facts = reach.facts
    domain = domain_of(reach, study)
    variable = variable_of(reach, scope)
    known = study.coverage.domains.get(variable)
    joined = domain if known is None else Domain(domain.codes, known.optional or domain.optional)
    study.coverage.domains.setdefault(variable, domain)
    asked = both(scope.guard, Has(variable))
    context = both(scope.guard, background(scope.here, asked, study.nulls))
    cases = allowed(variable, context, {**study.coverage.domains, variable: joined})
    optional, codes = domain.optional, domain.codes
    if optional and reach.optional and _stands(study, reach, scope):
        optional = domain_of(replace(reach, occurs=replace(reach.occurs, low=1)), study).optional
    if cases is not None:
        optional = optional and MISSING in cases
        if codes is not None:
            codes = tuple(code for code in codes if code in cases)
    return Known(
        kinds=SCALARS if reach.open else facts.kinds & SCALARS,
        codes=codes,
        sure=not optional,
        why="" if not optional else _reason(reach),
        form=facts.format,
        label=_label(reach),
        said="schema",
        longest=facts.longest,
        there=Has(variable) if optional else TRUE,
        fails=study.mapping.defaults.empty_is is not None and study.mapping.defaults.empty_is.text == "error",
    )


def _stands(study: Study, reach: Reach, scope: Scope) -> bool:
    """True if everything optional on the way is there, because something below it is known to be there."""
    there = present(scope.guard, study.coverage.domains)
    places = [filtered_trail(place, reach.filters) for place in reach.optional]
    return all(any(variable[: len(place)] == place for variable in there) for place in places)


def _reason(reach: Reach) -> str:
    label = _label(reach)
    if reach.occurs.low == 0:
        return f"{label} is optional in the source"
    if reach.nillable:
        return f"{label} may be null in the source"
    return f"{label} may be blank in the source"


def _label(reach: Reach) -> str:
    return reach.said


def _picked(study: Study, found: list[Reach], pick: Pick, scope: Scope, place: Place) -> Known:
    """One of many, explicitly. `only` and `same` make a value bad where there is more than one, or another."""
    reach = found[0]
    if len(found) == 1 and reach.occurs.single and "list" not in reach.facts.kinds:
        message = f"{_label(reach)} occurs at most once: there is nothing to pick"
        study.findings.warning("P111", message, pick.place, "remove pick")
    for each in found:
        if not _has_value(study, each, place, flat=False):
            return NOTHING_KNOWN
    if pick.path is not None:
        for each in found:
            for by in study.walker.go(pick.path, each):
                study.read(by, scope, pick.place)
    one = replace(reach, occurs=replace(reach.occurs, high=1, low=min(reach.occurs.low, 1)))
    known = _narrowed(study, one, scope)
    if len(found) > 1:
        known = known.missing(f"{_label(reach)} is optional in the source")
    if pick.kind in {PickKind.ONLY, PickKind.SAME}:
        known = replace(known, fails=True)
    if pick.kind is PickKind.CONCAT:
        known = replace(known, kinds=frozenset({"text"}), codes=None, form="", longest=None)
    return known
