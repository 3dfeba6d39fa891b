"""A decision set made quick: decision tables per case, each compared before its first use with the definition and with
the decision function that was proved.

`CompiledPolicy` is what a plan holds. Partners that no rule tells apart share tables. Nothing here decides anything
that `decide.py` would decide otherwise: a difference raises `InvariantBroken` and no message leaves.
"""

from collections import OrderedDict
from dataclasses import replace
from functools import cached_property
from operator import itemgetter

from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Fault, InvariantBroken, Place
from gateway.exchange.shape import ListShape, ObjectShape
from gateway.names import Digest, MessageId, PartnerId, Status
from gateway.policy.case import Facts, Key, read_facts
from gateway.policy.circumstances import Circumstances
from gateway.policy.disclosure import Disclosure, Fate, Outcome, Record
from gateway.policy.explain import Explanation, explain, ground_of, plain_explanation
from gateway.policy.filter import Filter
from gateway.policy.language import DEFAULT_RULE, DecisionSet, Partner
from gateway.policy.prove.build import decision_function
from gateway.policy.prove.function import DecisionFunction
from gateway.policy.statement import Finish, is_complete, joined_conditions, keeps_its_subjects, statement_of
from gateway.policy.tables import Cell, Table, build_table

__all__ = ["MOST_TABLES", "CompiledPolicy", "compile_policy"]

_cell_and_fate = itemgetter(2, 3)
MOST_TABLES = 4096
"""Tables kept; the one that was not used for longest goes first."""


def compile_policy(decisions: DecisionSet) -> "CompiledPolicy":
    """Make a decision set ready to run. Cheap: tables are made when a case first occurs."""
    return CompiledPolicy(decisions)


class CompiledPolicy:
    """One decision set with its tables. Not for several threads at once; the digest is that of the decision set."""

    def __init__(self, decisions: DecisionSet) -> None:
        self.decisions = decisions
        root = decisions.exchange.catalogue.root
        self._shapes = {
            name: shape.item if isinstance(shape, ListShape) else shape for name, shape in root.members.items()
        }
        self._tables: OrderedDict[tuple[Key, str], Table] = OrderedDict()
        self._grounds: dict[Cell, str] = {}
        self._explained: dict[Cell, Explanation] = {}
        self._alike: dict[Explanation, Explanation] = {}
        self._same = _same_partners(decisions)
        self._laws = {rule.id: rule.law for rule in decisions.policy.rules}

    @property
    def digest(self) -> Digest:
        """The digest of the decision set."""
        return self.decisions.digest

    @cached_property
    def function(self) -> DecisionFunction:
        """The decision function: what the provers looked at, and what every table is compared with."""
        return decision_function(self.decisions)

    @property
    def decision_digest(self) -> Digest:
        """The digest of the decision function, stated in every decision."""
        return self.function.digest

    def facts(self, message: JsonObject) -> Facts:
        """Read what decisions depend on; the result serves every partner of one message."""
        return read_facts(message, self.decisions.vocabulary)

    def disclose(
        self, message: JsonObject, partner: PartnerId, circumstances: Circumstances, facts: Facts | None = None
    ) -> Disclosure:
        """Decide one valid message for one partner and build what may be said.

        Raises `InvariantBroken` if a table differs from the definition or the result is not valid; whatever is raised,
        nothing may be sent. `KeyError` for a partner that is not registered.
        """
        entry = self.decisions.register.partners[partner]
        facts = facts or self.facts(message)
        if reason := self._closed(entry, facts, circumstances):
            return Disclosure(partner, Outcome.WITHHELD, (reason,))
        seen_as = self.decisions.register.at(partner, circumstances.taken_at[:10])
        walk = Filter(facts, entry, seen_as, self._with_own_id(message, circumstances), self.table)
        built = walk.build(message)
        told = tuple(walk.told)
        if walk.stopping:
            ids = sorted({rule for cell in walk.stopping for rule in cell.rules} - {DEFAULT_RULE})
            return Disclosure(
                partner, Outcome.WITHHELD, tuple(f"rule:{one}" for one in ids), record=_kept_back(told), laws=self._laws
            )
        if walk.has_unread_conditions(message):
            return Disclosure(partner, Outcome.WITHHELD, ("rule:B4",), record=_kept_back(told), laws=self._laws)
        distinct = dict.fromkeys(map(_cell_and_fate, told))
        sent = tuple(cell for cell, fate in distinct if fate is Fate.SENT and cell.decided)
        withheld = statement_of(distinct, self.decisions.policy.gaps, self.ground)
        header = built.get("header")
        stated = header.get("handling") if isinstance(header, dict) else None
        conditions = joined_conditions(stated.get("conditions") if isinstance(stated, dict) else None, sent)
        finish = Finish(self.decisions, entry, circumstances, withheld, conditions, sent)
        disclosed: JsonObject = {**built, "header": finish.header(header if isinstance(header, dict) else {})}
        needs = self.decisions.exchange.catalogue.needs.get(facts.kind, ("header.purpose",))
        if walk.substance == 0 or not is_complete(disclosed, facts.kind, needs):
            return Disclosure(
                partner, Outcome.WITHHELD, ("nothing-left",), withheld, record=_kept_back(told), laws=self._laws
            )
        if not keeps_its_subjects(message, disclosed, facts.kind):
            return Disclosure(
                partner, Outcome.WITHHELD, ("subject-withheld",), withheld, record=_kept_back(told), laws=self._laws
            )
        self._check(disclosed)
        return Disclosure(partner, Outcome.SEND, (), withheld, conditions, disclosed, told, self._laws, walk.unknown)

    def table(self, key: Key, member: str) -> Table:
        """Give the table of one member of the message (`persons`, `header`), made and compared on first use."""
        key = key._replace(partner=self._same[key.partner])
        found = self._tables.get((key, member))
        if found is not None:
            self._tables.move_to_end((key, member))
            return found
        shape = self._shapes.get(member)
        if not isinstance(shape, ObjectShape):
            raise KeyError(member)
        table = build_table(self.decisions, self.function, key, shape, member)
        self._tables[key, member] = table
        if len(self._tables) > MOST_TABLES:
            self._tables.popitem(last=False)
        return table

    def ground(self, cell: Cell) -> str:
        """Give the ground under which a leaf is withheld or coarsened."""
        found = self._grounds.get(cell)
        if found is None:
            if len(self._grounds) > 64 * MOST_TABLES:
                self._grounds.clear()
            found = ground_of(self.decisions, cell.key.case(cell.field.id, cell.field.data_class))
            self._grounds[cell] = found
        return found

    def explain(self, cell: Cell) -> Explanation:
        """Explain the decision about one leaf: why, what was near, what else would stop it. Kept per cell.

        Equal explanations are one object, so that an account can hold each once.
        """
        found = self._explained.get(cell)
        if found is None:
            if len(self._explained) > 16 * MOST_TABLES:
                self._explained.clear()
                self._alike.clear()
            found = explain(self.decisions, cell.key.case(cell.field.id, cell.field.data_class))
            found = self._explained[cell] = self._alike.setdefault(found, found)
        return found

    def account(self, disclosure: Disclosure) -> list[JsonValue]:
        """Give the full account of a disclosure as plain values: every leaf with its reasons and what would change it.

        About a millisecond for each case that was not explained before, microseconds after that.
        """
        lines: list[JsonValue] = []
        for path, cell, fate in disclosure.told:
            line: JsonObject = {"path": path, "field": cell.field.id, "level": cell.word, "fate": fate.value}
            if cell.decided:
                line |= plain_explanation(self.explain(cell))
                line["rules"] = [*cell.rules]
                line["conditions"] = [str(condition) for condition in cell.conditions]
            lines.append(line)
        return lines

    # ---- gates -------------------------------------------------------------------------------------------------------

    def _closed(self, partner: Partner, facts: Facts, circumstances: Circumstances) -> str:
        """Why nothing of this message goes to this partner whatever is in it, as a stable word; else empty."""
        policy, day = self.decisions.policy, circumstances.taken_at[:10]
        if not policy.valid_from <= day <= policy.valid_until:
            return "policy-expired"
        if partner.status == "stopped":
            return "partner-stopped"
        if facts.status not in partner.takes and (facts.status != Status.ACTUAL or partner.status == "test"):
            # A partner under test gets exercises and tests that it takes, never a real message.
            return "status-not-taken"
        return "" if facts.purpose in self.decisions.vocabulary.purposes else "purpose-missing"

    def _with_own_id(self, message: JsonObject, circumstances: Circumstances) -> Circumstances:
        """The message itself is known to the partner under the id of the item."""
        header = message.get("header")
        own = MessageId(str(header.get("id"))) if isinstance(header, dict) else MessageId("")
        return replace(circumstances, message_ids={**circumstances.message_ids, own: circumstances.item})

    def _check(self, disclosed: JsonObject) -> None:
        """What is disclosed must be a message of the exchange format, as what came in was."""
        faults = self.decisions.exchange.schema.check(disclosed)
        if faults:
            fix = "do not send; report the kind of message and the field"
            message = f"the disclosed message breaks {faults[0].code}"
            raise InvariantBroken(Fault("POL-091", message, Place(path=faults[0].place.path), fix))


def _same_partners(decisions: DecisionSet) -> dict[PartnerId, PartnerId]:
    """Give for every partner the first one that no rule tells apart from it."""
    first: dict[tuple[frozenset[str], str, frozenset[str]], PartnerId] = {}
    same: dict[PartnerId, PartnerId] = {}
    for entry in decisions.register.partners.values():
        for name in (entry.id, entry.expired_id):
            rules = frozenset(rule.id for rule in decisions.policy.rules if name in rule.partners)
            same[name] = first.setdefault((rules, entry.clearance, entry.carries), name)
    return same


def _kept_back(told: tuple[Record, ...]) -> tuple[Record, ...]:
    """The record of a message that does not leave: what was permitted is left out, and nothing was sent."""
    return tuple((path, name, cell, Fate.LEFT_OUT if fate is Fate.SENT else fate) for path, name, cell, fate in told)
