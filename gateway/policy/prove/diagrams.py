"""The second prover: the same promises, counted over binary decision diagrams built straight from the resolved rules.

Shares no code with the first prover: it imports the words of the language and the diagrams of `oxidd`, nothing else,
and an architecture test holds that. Both must agree on every promise and on every count; where they do not, or where
this one runs out of memory or time, the answer is "could not decide". It names no smallest case: it is there to doubt.

A case is an assignment of Boolean variables: the number of each plain value in binary, one variable for each role,
status, mark and permission. Fields are taken one kind after the other: all that the same rules list, with one ladder.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from oxidd.bdd import BDDFunction, BDDManager

from gateway.names import FieldId, PartnerId
from gateway.policy.language import (
    GRANTS,
    INFORMATION,
    NO_PERSON,
    ORIGINS,
    UNKNOWN,
    UNMARKED,
    USABLE,
    WITHHOLD,
    Case,
    Condition,
    ConditionRule,
    DecisionSet,
    Limit,
    Promise,
    Rule,
    Share,
)

__all__ = ["NODES", "Count", "Diagrams"]

_REVIEW = "reviewed by an officer"
NODES = 1 << 22
"""Room for inner nodes: with `_CACHE` remembered operations about 200 megabytes at the most."""
_CACHE = 1 << 20


@dataclass(frozen=True, slots=True)
class Count:
    """In how many of how many cases a promise is broken; `reason` if that could not be found out."""

    violations: int = 0
    cases: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Fields that no rule tells apart: decided alike in every case."""

    rules: frozenset[int]
    ladder: tuple[str, ...]
    leaders: tuple["_Kind", ...]


@dataclass(frozen=True, slots=True)
class _Decision:
    """For one kind of field: where the message is withheld, where each rung is reached, where each condition leaves."""

    withheld: BDDFunction
    reached: tuple[BDDFunction, ...]
    attached: Mapping[Condition, BDDFunction]


class Diagrams:
    """The rules of one decision set as diagrams, in the room of so many nodes.

    `spent` is asked between steps and says True when the time is over.
    """

    def __init__(self, decisions: DecisionSet, spent: Callable[[], bool] = lambda: False, nodes: int = NODES) -> None:
        self._set = decisions
        self._spent = spent
        self._rules: tuple[Rule, ...] = decisions.policy.rules
        words = decisions.vocabulary
        names = [entry.id for entry in decisions.partners.values()]
        names += [entry.expired_id for entry in decisions.partners.values() if entry.until]
        self._manager = BDDManager(nodes, _CACHE, 1)
        self._true, self._false = self._manager.true(), self._manager.false()
        self._count = 0
        self._bits: dict[tuple[str, str], tuple[tuple[int, bool], ...]] = {}
        self._partners = self._numbered("partner", names)
        self._purposes = self._numbered("purpose", words.purposes)
        self._classes = self._numbered("classification", words.classifications)
        self._information = self._numbered("information", INFORMATION)
        self._origins = self._numbered("origin", ORIGINS)
        self._usable = self._numbered("usable", USABLE)
        self._grants = self._switches("grant", GRANTS)
        self._marks = self._switches("mark", words.marks)
        self._people = self._switches("person", (*words.statuses, *words.roles, NO_PERSON))
        self._exists = self._existing()
        self._applies: dict[int, BDDFunction] = {}
        self._decisions: dict[_Kind, _Decision] = {}
        self._kinds = {name: self._kind(name) for name, row in decisions.catalogue.fields.items() if row.decided}

    # ---- variables ---------------------------------------------------------------------------------------------------

    def _numbered(self, axis: str, values: Iterable[str]) -> dict[str, BDDFunction]:
        """Give every value its number in binary, over new variables."""
        listed = [*values]
        variables = self._manager.add_vars((len(listed) - 1).bit_length())
        self._count += len(variables)
        found = {}
        for number, value in enumerate(listed):
            one = self._true
            for place, variable in enumerate(variables):
                one &= self._manager.var(variable) if number >> place & 1 else ~self._manager.var(variable)
            found[value] = one
            self._bits[axis, value] = tuple(
                (variable, bool(number >> place & 1)) for place, variable in enumerate(variables)
            )
        return found

    def _switches(self, axis: str, values: Iterable[str]) -> dict[str, BDDFunction]:
        listed = [*values]
        found = dict(zip(listed, self._manager.add_vars(len(listed)), strict=True))
        self._count += len(listed)
        self._bits |= {(axis, name): ((variable, True),) for name, variable in found.items()}
        return {name: self._manager.var(variable) for name, variable in found.items()}

    def _any(self, of: Mapping[str, BDDFunction], values: Iterable[str]) -> BDDFunction:
        found = self._false
        for value in values:
            if value in of:
                found |= of[value]
        return found

    def _only(self, of: Mapping[str, BDDFunction], values: frozenset[str]) -> BDDFunction:
        return ~self._any(of, of.keys() - values)

    def _all(self, of: Mapping[str, BDDFunction], values: Iterable[str]) -> BDDFunction:
        found = self._true
        for value in values:
            found &= of[value]
        return found

    def _existing(self) -> BDDFunction:
        """The cases that can exist: numbers that stand for a value, somebody or nobody, at least one mark."""
        found = self._any(self._marks, self._marks)
        for axis in (self._partners, self._purposes, self._classes, self._information, self._origins, self._usable):
            found &= self._any(axis, axis)
        nobody = self._people[NO_PERSON]
        somebody = self._any(self._people, self._set.vocabulary.roles)
        anybody = self._any(self._people, self._people.keys() - {NO_PERSON})
        return found & (somebody & ~nobody | nobody & ~anybody)

    # ---- rules -------------------------------------------------------------------------------------------------------

    def _where(self, i: int) -> BDDFunction:
        """Where the rule with this number applies, its fields apart."""
        if i not in self._applies:
            self._applies[i] = self._applying(self._rules[i])
        return self._applies[i]

    def _applying(self, rule: Rule) -> BDDFunction:
        found = self._any(self._purposes, rule.purposes)
        found &= self._any(self._information, rule.information)
        found &= self._any(self._origins, rule.origins) & self._any(self._usable, rule.usable)
        found &= self._partners_and_classes(rule)
        if isinstance(rule, Share):
            found &= self._only(self._people, rule.about) & self._only(self._marks, rule.marked)
            return found & self._all(self._grants, rule.only_when)
        unless = rule.unless if isinstance(rule, Limit | ConditionRule) else frozenset()
        found &= self._any(self._people, rule.about | {UNKNOWN}) & self._any(self._marks, rule.marked | {UNMARKED})
        return found & ~self._any(self._grants, unless)

    def _partners_and_classes(self, rule: Rule) -> BDDFunction:
        """Who may receive which classification; a share is for those only whose channel carries its conditions."""
        register, found = self._set.register, self._false
        for name, partner in self._partners.items():
            one = PartnerId(name)
            if name in rule.partners and (not isinstance(rule, Share) or register.can_carry(one, rule.attach)):
                clearance = register.clearance(one)
                classes = [word for word in self._classes if rule.classified.contains(word, clearance)]
                found |= partner & self._any(self._classes, classes)
        return found

    def _unable(self, rule: ConditionRule) -> BDDFunction:
        able = [p for p in self._partners if self._set.register.can_carry(PartnerId(p), rule.attach)]
        return ~self._any(self._partners, able)

    # ---- decisions ---------------------------------------------------------------------------------------------------

    def _kind(self, name: FieldId) -> _Kind:
        row = self._set.catalogue.fields[name]
        listing = frozenset(i for i, rule in enumerate(self._rules) if name in rule.fields)
        return _Kind(listing, row.ladder.levels, tuple(self._kind(other) for other in row.follows))

    def _decide(self, kind: _Kind) -> _Decision:
        if kind not in self._decisions:
            if self._spent():
                raise TimeoutError
            self._decisions[kind] = self._decision(kind)
        return self._decisions[kind]

    def _decision(self, kind: _Kind) -> _Decision:
        top = len(kind.ladder) - 1
        offered = [self._false] * (top + 1)
        capped = [self._false] * (top + 1)
        withheld = self._false
        for i in kind.rules:
            rule, applies = self._rules[i], self._where(i)
            if isinstance(rule, Share):
                offered[self._rung(kind, rule.level)] |= applies
            elif isinstance(rule, Limit) and rule.to == WITHHOLD:
                named = self._any(self._people, rule.about) & self._any(self._marks, rule.marked)
                withheld |= applies & named
                capped[0] |= applies
            elif isinstance(rule, Limit):
                capped[self._rung(kind, rule.to)] |= applies
            elif isinstance(rule, ConditionRule):
                capped[0] |= applies & self._unable(rule)
        for leader in kind.leaders:
            followed = self._decide(leader)
            full = followed.reached[-1] if len(leader.ladder) > 1 else ~followed.withheld
            capped[0] |= ~full
        leaving = [
            self._either(offered[rung:]) & ~withheld & ~self._either(capped[:rung]) for rung in range(1, top + 1)
        ]
        reached = (~withheld, *leaving)
        return _Decision(withheld, reached, self._conditions(kind, reached))

    def _rung(self, kind: _Kind, level: str) -> int:
        return kind.ladder.index(level) if level in kind.ladder else 0

    def _either(self, functions: Iterable[BDDFunction]) -> BDDFunction:
        found = self._false
        for function in functions:
            found |= function
        return found

    def _conditions(self, kind: _Kind, reached: tuple[BDDFunction, ...]) -> dict[Condition, BDDFunction]:
        found: dict[Condition, BDDFunction] = {}
        for i in kind.rules if len(reached) > 1 else ():
            rule = self._rules[i]
            if isinstance(rule, Share | ConditionRule):
                speaking = self._where(i) & reached[1]
                if isinstance(rule, Share):
                    rung = self._rung(kind, rule.level)
                    speaking &= self._either(reached[1 : rung + 1]) & ~self._either(reached[rung + 1 :])
                for condition in rule.attach:
                    found[condition] = found.get(condition, self._false) | speaking
        return found

    def decide(self, case: Case) -> tuple[int, frozenset[Condition]]:
        """Give level and conditions of one case. `KeyError` for a value that does not exist."""
        plain = (("partner", case.partner), ("purpose", case.purpose), ("classification", case.classification))
        more = (("information", case.information), ("origin", case.origin), ("usable", case.usable))
        sets = (("grant", case.grants), ("mark", case.marks), ("person", case.roles))
        named = [*plain, *more, *((axis, word) for axis, words in sets for word in words)]
        # Every variable is stated: oxidd 0.13 does not read one that is left out as False, although it says so.
        stated = dict.fromkeys(range(self._count), False) | dict(bit for name in named for bit in self._bits[name])
        given = [*stated.items()]
        decision = self._decide(self._kinds[case.field])
        level = -1 if decision.withheld.eval(given) else sum(one.eval(given) for one in decision.reached[1:])
        return level, frozenset(condition for condition, where in decision.attached.items() if where.eval(given))

    # ---- promises ----------------------------------------------------------------------------------------------------

    def count(self, promise: Promise) -> Count:
        """Count the cases of one promise, and those that break it."""
        try:
            return self._same(promise) if promise.form == "same" else self._levels(promise)
        except MemoryError:
            return Count(reason="the second prover had no room for its diagrams")
        except TimeoutError:
            return Count(reason="the time of the second prover was spent")

    def _levels(self, promise: Promise) -> Count:
        listed, text = self._boxes(promise)
        violations = cases = 0
        for (kind, is_listed, is_text), many in self._kinds_of(promise).items():
            box = (listed if is_listed else self._false) | (text if is_text else self._false)
            reached = self._decide(kind).reached
            rung = self._rung(kind, promise.level)
            if promise.form == "always":
                broken = box & ~reached[rung]
            else:
                broken = box & reached[rung + 1] if rung + 1 < len(reached) else self._false
            cases += many * self._sat(box)
            violations += many * self._sat(broken)
        return Count(violations, cases)

    def _kinds_of(self, promise: Promise) -> dict[tuple[_Kind, bool, bool], int]:
        """How many fields of each kind the promise is about: named by it, or free text that counts as anything."""
        found: dict[tuple[_Kind, bool, bool], int] = {}
        for name, kind in self._kinds.items():
            text = promise.form in ("never", "at most") and self._set.catalogue.fields[name].free_text
            key = (kind, name in promise.fields, text)
            if key[1] or key[2]:
                found[key] = found.get(key, 0) + 1
        return found

    def _boxes(self, promise: Promise) -> tuple[BDDFunction, BDDFunction]:
        """The cases that a promise is about, for fields that it names and for texts that nobody has reviewed."""
        frame = self._exists & self._any(self._purposes, promise.purposes)
        frame &= self._any(self._information, promise.information) & self._any(self._origins, promise.origins)
        frame &= self._any(self._usable, promise.usable)
        cleared = self._false
        for name, partner in self._partners.items():
            if name in promise.partners:
                clearance = self._set.register.clearance(PartnerId(name))
                classes = [word for word in self._classes if promise.classified.contains(word, clearance)]
                cleared |= partner & self._any(self._classes, classes)
        frame &= cleared
        if promise.form == "always":
            granted = self._all(self._grants, promise.granted) & self._only(self._grants, promise.granted)
            only = self._only(self._people, promise.about) & self._only(self._marks, promise.marked)
            return frame & granted & only, self._false
        frame &= self._any(self._marks, promise.marked) & ~self._any(self._grants, promise.without)
        return frame & self._any(self._people, promise.about), frame & ~self._grants[_REVIEW]

    def _same(self, promise: Promise) -> Count:
        group = sorted(promise.partners & self._set.partners.keys())
        if not group:
            return Count()
        variables = self._true
        for i in range((len(self._partners) - 1).bit_length()):
            variables &= self._manager.var(i)
        first = self._partners[group[0]]
        box, _ = self._boxes(promise)
        box = self._seen_by(box, first, variables) & first
        violations = cases = 0
        for (kind, _, _), many in self._kinds_of(promise).items():
            decision = self._decide(kind)
            differs = self._false
            for said in (*decision.reached, *decision.attached.values()):
                alike = self._seen_by(said, first, variables)
                for other in group[1:]:
                    differs |= alike ^ self._seen_by(said, self._partners[other], variables)
            cases += many * self._sat(box)
            violations += many * self._sat(box & differs)
        return Count(violations, cases)

    def _seen_by(self, function: BDDFunction, partner: BDDFunction, variables: BDDFunction) -> BDDFunction:
        """Give a function for one partner, without the variables of partners."""
        return (function & partner).exists(variables)

    def _sat(self, function: BDDFunction) -> int:
        if self._spent():
            raise TimeoutError
        return function.sat_count(self._count)
