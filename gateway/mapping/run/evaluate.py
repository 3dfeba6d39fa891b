"""Reading values by a program, plainly and completely: the reference for what the compiled form does.

Guarantees that reading changes nothing but the memory of which index keys were asked for, and that a value is missing,
present or bad, never an exception.
"""

from collections.abc import Sequence

from gateway.mapping.convert.converter import Bad, Cut, Pieces
from gateway.mapping.language.rules import PickKind, TemplateGroup, TemplateItem, TemplateName, TemplateText
from gateway.mapping.program.values import (
    ChooseOrigin,
    ConstOrigin,
    FirstOrigin,
    LookupPlan,
    PickPlan,
    ReadOrigin,
    RefOrigin,
    RouteSource,
    Source,
    TextOrigin,
    Value,
)
from gateway.mapping.run.fit import printed
from gateway.mapping.run.got import DEFAULTED, NULLED, Got, Policies, RefRequest, row_mark
from gateway.mapping.run.node import Node, text_of
from gateway.mapping.run.nodes_run import NodeReader, typed_key
from gateway.mapping.run.ordering import number_of
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.tables import Match

__all__ = ["Evaluator", "fill_template"]


class Evaluator(NodeReader):
    """Reads the values of one document."""

    def value(self, value: Value, scope: RunScope, outer: Policies) -> Got:
        """Read a value through all its stages but the last, `fit`."""
        policies = Policies(value.on_missing or outer.on_missing, value.on_error or outer.on_error)
        if not self.holds(value.test, scope):
            return Got("skipped", policies)
        got = self._origin(value, scope, policies)
        if got.state == "present" and value.stages:
            self._convert(got, value, scope)
        if got.state == "present" and value.lookup is not None:
            self._lookup(got, value, value.lookup, scope)
        if got.state in {"missing", "skipped"} and value.default is not None and not got.withheld:
            return Got("present", policies, value.default, None, (value.number, DEFAULTED), value_number=value.number)
        return got

    def _origin(self, value: Value, scope: RunScope, policies: Policies) -> Got:
        origin = value.origin
        match origin:
            case ConstOrigin(text=text):
                return Got("present", policies, text, None, (value.number, 0), value_number=value.number)
            case ReadOrigin(source=source):
                return self._read(value, source, scope, policies)
            case TextOrigin(template=None):
                return self._pieces(value, origin, scope, policies)
            case TextOrigin(template=template, names=names):
                return self._template(value, template or (), names, scope, policies)
            case FirstOrigin(values=values):
                last = Got("missing", policies, value_number=value.number)
                for inner in values:
                    last = self.value(inner, scope, policies)
                    if last.state in {"present", "bad"}:
                        return last
                return Got("missing", policies, trace=last.trace, value_number=value.number)
            case ChooseOrigin(branches=branches):
                for branch in branches:
                    if self.holds(branch.test, scope):
                        return self.value(branch.value, scope, policies)
                return Got("missing", policies, value_number=value.number)
            case RefOrigin(keys=keys):
                return self._ref(value, origin, keys, scope, policies)

    def _ref(
        self, value: Value, origin: RefOrigin, keys: tuple[Source, ...] | None, scope: RunScope, policies: Policies
    ) -> Got:
        texts: list[str] = []
        for key in keys or ():
            text = self.key_text(key, scope)
            if text is None:
                return Got("missing", policies, value_number=value.number)
            texts.append(text)
        request = RefRequest(origin, None if keys is None else tuple(texts))
        return Got("present", policies, request, None, (value.number, 0), value_number=value.number)

    # -- reading ----------------------------------------------------------------------------------------------------

    def _read(self, value: Value, source: Source, scope: RunScope, policies: Policies) -> Got:
        nodes: list[Node] | Got
        if isinstance(source, RouteSource) and value.pick is None:
            nodes = self.walk(source.route, scope)
        else:
            nodes = self.candidates(source, scope)
        if isinstance(nodes, Got):
            nodes.policies, nodes.value_number = policies, value.number
            return nodes
        if value.pick is not None:
            return self._picked(value, value.pick, nodes, scope, policies)
        if len(nodes) > 1:
            return Got("bad", policies, code="R101", value_number=value.number, position=1)
        return self._one(value, nodes[0], 0, policies) if nodes else Got("missing", policies, value_number=value.number)

    def _one(self, value: Value, node: Node, position: int, policies: Policies) -> Got:
        text = text_of(node.value, flatten=value.flatten)
        if text is None:
            return Got("missing", policies, value_number=value.number, position=position)
        if isinstance(text, bool):
            return Got("bad", policies, code="P105", value_number=value.number, position=position)
        return self._state(value, text, (value.number, position), position, policies)

    def _state(self, value: Value, text: str, trace: tuple[int, ...], position: int, policies: Policies) -> Got:
        """Clean a text, and tell whether it is missing, bad or present."""
        raw = text.strip()
        number = value.number
        text = text if not value.clean else self.cleaned(text)
        if not text.strip():
            if self.program.empty_is_error:
                return Got("bad", policies, code="R105", value_number=number, position=position)
            return Got("missing", policies, value_number=number, position=position)
        if text in value.nulls:
            return Got("missing", policies, trace=(number, NULLED), value_number=number, position=position)
        if value.number_kind and typed_key(text, value.number_kind) is None:
            return Got("bad", policies, raw=raw, code="K201", value_number=number, position=position)
        return Got("present", policies, text, raw, trace, value_number=number, position=position)

    def _picked(self, value: Value, pick: PickPlan, nodes: Sequence[Node], scope: RunScope, policies: Policies) -> Got:
        got = [self._one(value, node, at, policies) for at, node in enumerate(nodes)]
        bad = next((one for one in got if one.state == "bad"), None)
        if bad is not None:
            return bad
        present = [one for one in got if one.state == "present"]
        if not present:
            return got[0] if got else Got("missing", policies, value_number=value.number)
        if pick.kind is PickKind.CONCAT:
            # Cleaned once, after joining: a text may have been broken in the middle of a word, or at a blank.
            texts = [text_of(nodes[one.position].value, flatten=value.flatten) for one in present]
            joined = pick.separator.join(text for text in texts if isinstance(text, str))
            trace = tuple(mark for one in present for mark in one.trace)
            return self._state(value, joined, trace, present[0].position, policies)
        if pick.kind is PickKind.ONLY and len(present) > 1:
            return Got("bad", policies, code="R102", value_number=value.number, position=present[1].position)
        if pick.kind is PickKind.SAME:
            other = next((one for one in present if one.value != present[0].value), None)
            if other is not None:
                return Got("bad", policies, code="R103", value_number=value.number, position=other.position)
        if pick.kind in {PickKind.MAX, PickKind.MIN}:
            ordered = [nodes[one.position] for one in present]
            return present[self.extreme(pick, ordered, scope)]
        return present[-1] if pick.kind is PickKind.LAST else present[0]

    # -- composed texts ---------------------------------------------------------------------------------------------

    def _pieces(self, value: Value, origin: TextOrigin, scope: RunScope, policies: Policies) -> Got:
        pieces: Pieces = {}
        trace: tuple[int, ...] = ()
        for name, inner in origin.names:
            got = self.value(inner, scope, policies)
            if got.state == "bad":
                return got
            pieces[name] = printed(got.value) if got.state == "present" else None
            trace += got.trace if got.state == "present" else ()
        texts = [text for text in pieces.values() if text is not None]
        if not texts:
            return Got("missing", policies, value_number=value.number)
        return Got("present", policies, pieces, " ".join(texts), trace, value_number=value.number)

    def _template(
        self,
        value: Value,
        template: tuple[TemplateItem, ...],
        names: tuple[tuple[str, Value], ...],
        scope: RunScope,
        policies: Policies,
    ) -> Got:
        texts: dict[str, str] = {}
        trace: tuple[int, ...] = ()
        for name, inner in names:
            got = self.value(inner, scope, policies)
            if got.state == "bad":
                return got
            text = printed(got.value) if got.state == "present" else None
            if text is not None:
                texts[name] = text
                trace += got.trace
        result = fill_template(template, texts)
        if not result:
            return Got("missing", policies, value_number=value.number)
        # A text of fixed characters alone is the rule's own.
        trace = trace or (value.number, 0)
        return Got("present", policies, result, result, trace, value_number=value.number)

    # -- stages -----------------------------------------------------------------------------------------------------

    def _convert(self, got: Got, value: Value, scope: RunScope) -> None:
        for stage in value.stages:
            depends = ""
            if stage.depends is not None:
                inner = self.value(stage.depends, scope, got.policies)
                depends = (printed(inner.value) or "") if inner.state == "present" else ""
            result = stage.function(got.value, depends)
            if isinstance(result, Cut):
                got.cut = True
                result = result.text
            if result == "":
                result = Bad("K207")
            if isinstance(result, Bad):
                got.state, got.code = "bad", result.code
                return
            if isinstance(got.value, dict):
                # Pieces that made a date say all it says; their texts side by side are nobody's spelling.
                got.raw = None
            got.value = result

    def _lookup(self, got: Got, value: Value, plan: LookupPlan, scope: RunScope) -> None:
        if isinstance(got.value, dict):
            keys = tuple(text or "" for text in got.value.values())
        else:
            keys = (printed(got.value) or "",)
        day: str | None = None
        if plan.as_of is not None:
            day = self.key_text(plan.as_of, scope)
            if day is None or number_of(day[:4]) is None:
                got.state, got.code = "bad", "R113"
                return
            day = day[:10]
        row = plan.table.find(keys, day)
        if row is None:
            got.state, got.code = "bad", "R112" if day is not None and plan.table.known(keys) else "R111"
        elif row.match is Match.NONE:
            got.state, got.withheld = "missing", True
        else:
            got.value = row.target if plan.take == "target" else row.cells.get(plan.take, "")
            got.trace += (value.number, row_mark(row.number))
            if not got.value:
                got.state, got.withheld = "missing", True


def fill_template(template: Sequence[TemplateItem], texts: dict[str, str]) -> str | None:
    """Fill a template, or None when a name outside brackets is missing."""
    pieces: list[str] = []
    for item in template:
        match item:
            case TemplateText(text=text):
                pieces.append(text)
            case TemplateName(name=name):
                if name.text not in texts:
                    return None
                pieces.append(texts[name.text])
            case TemplateGroup(items=items):
                inner = fill_template(items, texts)
                pieces.append(inner or "")
    return "".join(pieces)
