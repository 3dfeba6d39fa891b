"""Sets of a decision set said in one language: "suspects or convicted persons", "partners bound by the Directive".

What has words is said in them; fields and partners without a group of their own are said by their ids. Every phrase
means exactly its set (`naming.py`).
"""

from collections.abc import Iterable

from gateway.names import PartnerId
from gateway.policy.language import (
    NO_PERSON,
    REGIMES,
    UNKNOWN,
    Classified,
    Condition,
    DecisionSet,
    Promise,
    Rule,
)
from gateway.policy.load_companions import Companions
from gateway.policy.load_rules import WITH_WORDS
from gateway.policy.words.book import WordBook, one_line
from gateway.policy.words.naming import Candidate, names_of

__all__ = ["Phrases"]


class Phrases:
    """Says sets of one decision set in the words of one book."""

    def __init__(self, decisions: DecisionSet, book: WordBook) -> None:
        self.book = book
        self._decisions = decisions
        self._fields = _field_candidates(decisions)
        self._partners = _partner_candidates(decisions)
        words = decisions.vocabulary
        known = words.everyone_known
        self._persons: list[Candidate] = [("everybody", known | {UNKNOWN}), ("anyone", known)]
        self._persons += [(one, frozenset({one})) for one in (*words.roles, *words.statuses, NO_PERSON)]
        self._purposes: list[Candidate] = [("any purpose", frozenset(words.purposes))]
        self._purposes += [(one, frozenset({one})) for one in words.purposes]

    # ---- sets --------------------------------------------------------------------------------------------------------

    def fields(self, whole: Iterable[str], said: Iterable[str] = ()) -> str:
        """Say a set of fields: classes by their words, others by their ids."""
        return self._named(frozenset(whole), self._fields, said, ("lists", "classes"))

    def partners(self, whole: Iterable[str], said: Iterable[str] = ()) -> str:
        """Say a set of partners: groups and regimes by their words, others by their ids."""
        return self._named(frozenset(whole), self._partners, said, ("lists", "groups", "regimes"))

    def persons(self, whole: Iterable[str], said: Iterable[str] = ()) -> str:
        """Say a set of roles and statuses."""
        return self._named(frozenset(whole), self._persons, said, ("lists", "persons"))

    def purposes(self, whole: Iterable[str], said: Iterable[str] = ()) -> str:
        """Say a set of purposes."""
        return self._named(frozenset(whole), self._purposes, said, ("lists", "purposes"))

    def words(self, section: str, whole: Iterable[str], order: Iterable[str]) -> list[str]:
        """Give the words for each member of a set, in the order of its list."""
        present = frozenset(whole)
        return [self.book.term(section, one) for one in order if one in present]

    def condition(self, condition: Condition) -> str:
        """Say a condition, with the officer's words in quotation marks."""
        text = self.book.term("conditions", condition.kind)
        said = one_line(condition.value).replace("“", '"').replace("”", '"')
        return text.replace("{words}", f"“{said}”") if condition.kind in WITH_WORDS else text

    def box(self, box: Rule | Promise, about: frozenset[str]) -> dict[str, str]:
        """Say the four gaps that every rule and promise has."""
        said = box.said
        fields = [*said.get("share", ()), *said.get("limit", ()), *said.get("condition", ()), *said.get("of", ())]
        fields += [*said.get("never", ())]
        return {
            "fields": self.fields(box.fields, fields),
            "about": self.persons(about, said.get("about", ())),
            "with": self.partners(box.partners, said.get("with", ())),
            "for": self.purposes(box.purposes, said.get("for", ())),
        }

    def classified(self, classified: Classified) -> list[str]:
        """Say which classifications are meant; nothing if all are."""
        order, within, say = classified.order, classified.within, self.book.say
        found = [word for word in order if word in within]
        sentences = [say("classified above")] if classified.above_clearance else []
        if len(found) == len(order):
            return sentences
        if found and found == [*order[: len(found)]]:
            return [say("classified up", word=self.book.term("classifications", found[-1])), *sentences]
        if found and found == [*order[-len(found) :]]:
            return [say("classified from", word=self.book.term("classifications", found[0])), *sentences]
        words = self.words("classifications", found, order)
        return [say("classified list", words=self.book.any_of(words)), *sentences]

    # ---- names -------------------------------------------------------------------------------------------------------

    def _named(
        self, whole: frozenset[str], candidates: list[Candidate], said: Iterable[str], sections: tuple[str, ...]
    ) -> str:
        names, rest = names_of(whole, candidates, said)
        return self.book.any_of([*(self._word(name, sections) for name in names), *rest])

    def _word(self, name: str, sections: tuple[str, ...]) -> str:
        for section in sections:
            if name in self.book.terms[section]:
                return self.book.term(section, name)
        return name


def _field_candidates(decisions: DecisionSet) -> list[Candidate]:
    catalogue = decisions.catalogue.fields
    decided = {field.id for field in catalogue.values() if field.decided}
    text = {field.id for field in catalogue.values() if field.decided and field.free_text}
    found: list[Candidate] = [
        ("everything with text", frozenset(decided)),
        ("everything", frozenset(decided - text)),
        ("free text", frozenset(text)),
    ]
    for data_class in decisions.exchange.catalogue.classes:
        members = (one for one in decided if catalogue[one].data_class == data_class)
        found.append((data_class, frozenset(members)))
    units: dict[str, set[str]] = {}
    for row in decisions.exchange.catalogue.fields.values():
        if row.unit and row.part != "raw" and row.field in decided:
            units.setdefault(row.unit, set()).add(row.field)
    found += [(unit, frozenset(parts)) for unit, parts in units.items()]
    return found + [(one, frozenset({one})) for one in decided if one not in units]


def _partner_candidates(decisions: DecisionSet) -> list[Candidate]:
    companions = Companions(decisions.vocabulary, decisions.register, {})
    found: list[Candidate] = [("everyone", frozenset(companions.everyone))]
    words = (*decisions.vocabulary.groups, *REGIMES, *decisions.partners)
    found += [(word, frozenset(companions.members(word))) for word in words]
    expired = (partner.expired_id for partner in decisions.partners.values() if partner.until)
    return found + [(name, frozenset[str]({PartnerId(name)})) for name in expired]
