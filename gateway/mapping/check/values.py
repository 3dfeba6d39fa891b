"""Value rules, stage by stage: what is located, converted, looked up, and whether it is always there.

Reports what is wrong on the way (P, C, K, L, E, J) and gives what is known of the result, so that the target can be
judged. A value that is `bad` only at run time has a policy; here it only `fails`.
"""

from collections.abc import Callable
from dataclasses import replace

from gateway.errors import DefinitionRefused
from gateway.mapping.check.background import background
from gateway.mapping.check.conditions import Conditions
from gateway.mapping.check.known import NOTHING_KNOWN, Known, alternatives_of
from gateway.mapping.check.locate import located
from gateway.mapping.check.logic import FALSE, TRUE, AnyOf, Formula, both, counterexample, nay
from gateway.mapping.check.scope import Scope
from gateway.mapping.check.study import Study
from gateway.mapping.check.tables import UNDECIDED, Tables
from gateway.mapping.convert.catalogue import bind
from gateway.mapping.convert.dates import PIECES
from gateway.mapping.language.rules import (
    Choose,
    Const,
    ConverterCall,
    ErrorPolicy,
    ErrorWord,
    FirstOf,
    From,
    MissingWord,
    Ref,
    TemplateGroup,
    TemplateItem,
    TemplateName,
    Text,
    Value,
)
from gateway.mapping.load.reading import suggestion

__all__ = ["Fit", "Values"]

_DECIDE = "write a path, or the fixed value"

Fit = Callable[[Known, Value], None]
"""Judges a final value against its target; told the value rule where it is written."""


class Values:
    """Judges value rules. `refs` judges references to entities."""

    def __init__(
        self, study: Study, conditions: Conditions, tables: Tables, refs: Callable[[Ref, Scope], Known]
    ) -> None:
        self._study = study
        self._conditions = conditions
        self._tables = tables
        self._refs = refs
        study.evaluate = self.known

    def known(self, value: Value, scope: Scope, fit: Fit | None = None) -> Known:
        """Judge a rule and give what is known of its value. `fit` is asked where a value reaches the target."""
        guarded, conditional = self._guarded(value, scope)
        if not self._conditions.possible(guarded.guard):
            return NOTHING_KNOWN
        ends = not value.converts and value.lookup is None
        found = self._origin(value, guarded, fit if ends else None)
        found = self._without_nulls(value, found)
        found = self._cleaned(value, found)
        if value.converts:
            found = self._converted(value, found, scope)
        if value.lookup is not None:
            found = self._tables.looked_up(value, found, guarded, self.known)
        if "pieces" in found.kinds and not found.unknown:
            message = "named values are no value yet"
            fix = "join them with text:, or give them to a converter of pieces, or to a table with a key"
            self._study.findings.error("K103", message, value.place, fix)
            return NOTHING_KNOWN
        if fit is not None and (not ends or not isinstance(value.origin, Choose | FirstOf)):
            fit(found, value)
        return self._policies(value, found, scope, fit, conditional)

    def _guarded(self, value: Value, scope: Scope) -> tuple[Scope, bool]:
        """The scope behind `when`, and whether the rule may be skipped because of it."""
        if value.when is None:
            return scope, False
        formula = self._conditions.formula(value.when, scope)
        always = self._always(formula, scope)
        return scope.assuming(formula), not always

    def _always(self, formula: Formula, scope: Scope) -> bool:
        """True if it is certain that a formula holds here, also because of what the schema says of the item."""
        known = both(scope.guard, background(scope.here, both(scope.guard, formula), self._study.nulls))
        return counterexample(AnyOf((nay(known), formula)), self._study.coverage.domains) is None

    # -- origins ------------------------------------------------------------------------------------------------------

    def _origin(self, value: Value, scope: Scope, fit: Fit | None) -> Known:
        match value.origin:
            case From(context):
                flat = any(call.name.text == "flatten" for call in value.converts)
                return located(self._study, context, value, scope, flat=flat)
            case Const(word) if word.text.upper() == UNDECIDED:
                self._study.findings.error("V306", "this value is still to be decided", word.place, _DECIDE)
                return NOTHING_KNOWN
            case Const(word):
                return Known(codes=(word.text,), sure=True, there=TRUE, label=f"'{word.text}'", said="const")
            case Text():
                return self._text(value.origin, scope)
            case FirstOf(values):
                return self._first_of(values, scope, fit)
            case Choose():
                return self._choose(value.origin, scope, fit)
            case Ref():
                return self._refs(value.origin, scope)

    def _text(self, text: Text, scope: Scope) -> Known:
        names = {name.text: self.known(each, scope) for name, each in text.names}
        unknown = any(known.unknown for known in names.values())
        if text.template is None:
            sure = any(known.sure for known in names.values())
            why = next((known.why for known in names.values() if not known.sure), "")
            return Known(frozenset({"pieces"}), None, sure, why, fails=True, unknown=unknown)
        needed = [item.name.text for item in text.template if isinstance(item, TemplateName)]
        missing = [names[name] for name in needed if name in names and not names[name].sure]
        fixed = any(not isinstance(item, TemplateName | TemplateGroup) for item in text.template)
        if not needed and not fixed:
            inner = [names[name] for name in _inside(text.template) if name in names]
            sure = any(known.sure for known in inner)
            why = next((known.why for known in inner if not known.sure), "")
        else:
            sure, why = not missing, missing[0].why if missing else ""
        fails = any(known.fails for known in names.values())
        there: Formula = TRUE
        for name in needed:
            there = both(there, names[name].there if name in names else FALSE)
        if not needed and not fixed:
            there = AnyOf(tuple(names[name].there for name in _inside(text.template) if name in names))
        return Known(sure=sure, why=why, fails=fails, label="the text", unknown=unknown, there=there)

    def _first_of(self, values: tuple[Value, ...], scope: Scope, fit: Fit | None) -> Known:
        found = [self.known(each, scope, fit) for each in values]
        sure = any(known.sure for known in found) or self._always(AnyOf(tuple(known.there for known in found)), scope)
        whys = [known.why for known in found if known.why]
        return alternatives_of(found, sure=sure, why=" and ".join(whys) or "all alternatives may be missing")

    def _choose(self, choose: Choose, scope: Scope, fit: Fit | None) -> Known:
        before: Formula = TRUE
        found: list[Known] = []
        total = False
        for branch in choose.branches:
            here = scope.assuming(before)
            formula = self._conditions.formula(branch.when, here)
            if self._conditions.possible(both(here.guard, formula)):
                found.append(self.known(branch.then, here.assuming(formula), fit))
            elif branch.when is None:
                self._study.findings.warning("C208", "the branches above take every case", branch.place, "remove it")
            total = total or branch.when is None
            before = both(before, nay(formula))
        total = total or not self._conditions.possible(both(scope.guard, before))
        missing = next((known.why for known in found if not known.sure), "")
        sure = total and not missing and all(known.sure for known in found)
        found = [replace(known, there=FALSE) for known in found]
        return alternatives_of(found, sure=sure, why=missing or "no branch may hold, and there is no otherwise")

    # -- stages -------------------------------------------------------------------------------------------------------

    def _without_nulls(self, value: Value, found: Known) -> Known:
        nulls = {word.text for word in value.nulls or ()}
        if not nulls or isinstance(value.origin, Const):
            return found
        if found.codes is None:
            return found.missing(f"{found.label} may be spelled as null")
        if nulls & set(found.codes):
            left = tuple(code for code in found.codes if code not in nulls)
            return replace(found, codes=left).missing(f"{found.label} may be spelled as null")
        return found

    def _cleaned(self, value: Value, found: Known) -> Known:
        """Apply the clean-up to known codes, so that tables and targets see what they will get."""
        if found.codes is None or not isinstance(value.origin, From):
            return found
        calls = self._study.mapping.defaults.clean
        return self._through(calls or (), found, quiet=True)

    def _converted(self, value: Value, found: Known, scope: Scope) -> Known:
        return self._through(value.converts, found, scope=scope, value=value)

    def _through(
        self,
        calls: tuple[ConverterCall, ...],
        found: Known,
        *,
        scope: Scope | None = None,
        quiet: bool = False,
        value: Value | None = None,
    ) -> Known:
        for call in calls:
            try:
                bound = bind(call)
            except DefinitionRefused as refused:
                self._study.findings.extend(() if quiet else refused.faults)
                return NOTHING_KNOWN if not quiet else found
            if bound.depends is not None and scope is not None:
                self.known(bound.depends, scope)
            converter = bound.converter
            if not quiet and value is not None and isinstance(value.origin, Text) and "pieces" in found.kinds:
                self._pieces(value.origin, call)
            if not quiet and not _takes(found.kinds, converter.takes) and not found.unknown:
                given, wanted = " or ".join(sorted(found.kinds)), " or ".join(converter.takes)
                message = f"'{converter.name}' takes {wanted}, but what comes before gives {given}"
                self._study.findings.error("K101", message, call.name.place)
                return NOTHING_KNOWN
            found = self._applied(bound.function, converter.gives, converter.fails, found)
        return found

    def _pieces(self, text: Text, call: ConverterCall) -> None:
        """A converter of pieces knows its pieces by name; one with another name would be read and lost (K102)."""
        for name, _ in text.names:
            if call.name.text == "fuzzy_date" and name.text not in PIECES:
                hint = suggestion(name.text, PIECES) or f"; pieces: {', '.join(PIECES)}"
                message = f"'{call.name.text}' takes no piece '{name.text}'{hint}"
                self._study.findings.error("K102", message, name.place)

    @staticmethod
    def _applied(function: Callable[[object, str], object], gives: str, fails: bool, found: Known) -> Known:
        """A converter on what is known: each known code is converted, which shows whether it can fail."""
        codes: tuple[str, ...] | None = None
        if found.codes is not None and "pieces" not in found.kinds:
            results = [function(code, "") for code in found.codes]
            good = [result for result in results if isinstance(result, str)]
            codes = tuple(dict.fromkeys(good)) if len(good) == len(results) else None
            fails = fails and codes is None
        return replace(
            found,
            kinds=frozenset({gives}),
            codes=codes if gives == "text" else None,
            fails=found.fails or fails,
            form=gives if gives == "date" else "",
            longest=None,
        )

    # -- policies -----------------------------------------------------------------------------------------------------

    def _policies(self, value: Value, found: Known, scope: Scope, fit: Fit | None, conditional: bool) -> Known:
        policy = self.on_error(value)
        findings = self._study.findings
        if policy.word is ErrorWord.DROP_ITEM and not scope.item:
            findings.error("E202", "there is no item to drop here", policy.place, "write on_error: quarantine")
        missing = self.on_missing(value)
        if missing is MissingWord.DROP_ITEM and not scope.item and value.on_missing is not None:
            findings.error("E202", "there is no item to drop here", value.place, "write on_missing: quarantine")
        if self._study.mapping.outbound:
            if value.on_error is not None and policy.word is ErrorWord.REFUSE:
                findings.error("E204", "an outbound mapping cannot refuse", policy.place, "write on_error: quarantine")
            if value.on_missing is MissingWord.REFUSE:
                findings.error("E204", "an outbound mapping cannot refuse", value.place, "write on_missing: quarantine")
        elif scope.loops and value.on_error is not None and policy.word is ErrorWord.REFUSE:
            message = "one bad item refuses the whole message"
            findings.warning("E203", message, policy.place, "write on_error: drop_item or quarantine")
        if policy.word is ErrorWord.USE and policy.use is not None and fit is not None:
            fit(Known(codes=(policy.use.text,), sure=True, said="use", label=f"'{policy.use.text}'"), value)
        if value.default is not None:
            default = value.default
            if fit is not None:
                fit(Known(codes=(default.text,), sure=True, said="default", label=f"'{default.text}'"), value)
            codes = None if found.codes is None else (*found.codes, default.text)
            found = replace(found, sure=True, why="", codes=codes)
        elif not found.sure and (
            missing in {MissingWord.QUARANTINE, MissingWord.REFUSE} or (missing is MissingWord.DROP_ITEM and scope.item)
        ):
            found = replace(found, sure=True, why="")
        if conditional:
            found = replace(found, sure=False, why="its rule has a condition", there=FALSE)
        return replace(found, there=TRUE) if found.sure else found

    def on_error(self, value: Value) -> ErrorPolicy:
        """The policy of a rule: its own, or that of `defaults`."""
        return value.on_error or self._study.mapping.defaults.on_error

    def on_missing(self, value: Value) -> MissingWord:
        """The policy of a rule: its own, or that of `defaults`."""
        return value.on_missing or self._study.mapping.defaults.on_missing


def _takes(kinds: frozenset[str], takes: tuple[str, ...]) -> bool:
    """A converter takes its own kinds; texts take every scalar, because text stays text until a converter reads it."""
    wanted = set(takes)
    if "text" in wanted:
        wanted |= {"integer", "decimal", "boolean"}
    if "decimal" in wanted:
        wanted.add("integer")
    return bool(kinds & wanted) or not kinds


def _inside(template: tuple[TemplateItem, ...]) -> list[str]:
    names: list[str] = []
    for item in template:
        if isinstance(item, TemplateGroup):
            names += [inner.name.text for inner in item.items if isinstance(inner, TemplateName)]
    return names
