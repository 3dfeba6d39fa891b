"""Boxes of cases and changed lines said in the words of one language; shared by differences and sheets."""

from collections.abc import Iterator

from gateway.policy.compare.boxes import Box
from gateway.policy.compare.diff import Sentence
from gateway.policy.compare.lines import Cause
from gateway.policy.language import GRANTS, UNMARKED, Classified, DecisionSet
from gateway.policy.prove.axes import Axes
from gateway.policy.words.book import WordBook, one_line
from gateway.policy.words.phrases import Phrases

__all__ = ["Speaker"]


class Speaker:
    """Says boxes over the axes of one or two decision sets."""

    def __init__(self, decisions: DecisionSet, axes: Axes, book: WordBook) -> None:
        self._axes = axes
        self._book = book
        self.phrases = Phrases(decisions, book)
        self._registered = tuple(decisions.partners.values())

    def sentence(self, kind: str, one: Sentence) -> str:
        """Say a whole sentence: the box, what narrows it, its causes, what still stops some of it, its count."""
        say = self._book.say
        parts = [say(kind, **self.gaps(one.box), level=self._book.term("levels", one.box.level))]
        parts += self.narrowed(one.box)
        if one.causes:
            parts.append(say("cause", words="; ".join(map(self.cause, one.causes))))
        if one.stopped_by:
            parts.append(say("still stopped", words=", ".join(one.stopped_by)))
        parts.append(say("cases", word=f"{one.cases:,}"))
        return " ".join(parts)

    def gaps(self, box: Box) -> dict[str, str]:
        """Say the four gaps of a sentence about a box."""
        people = self._axes.atoms.people
        return {
            "fields": self.phrases.fields(box.plain[0]),
            "about": self.phrases.persons(one for i, one in enumerate(people) if box.sets.people >> i & 1),
            "with": self._partners(box.plain[1]),
            "for": self.phrases.purposes(box.plain[2]),
        }

    def _partners(self, names: frozenset[str]) -> str:
        """One partner is named by its id. After the end of its instrument B1 stops everything, so that is not said."""
        ended = {one.expired_id for one in self._registered if one.id in names and one.until}
        return self.phrases.partners(names | ended, names if len(names) == 1 else ())

    def narrowed(self, box: Box) -> Iterator[str]:
        """Say what else a box asks, one sentence each."""
        axes, sets, say = self._axes, box.sets, self._book.say
        atoms = axes.atoms
        for mask in sets.some_people:
            some = self.phrases.persons(one for i, one in enumerate(atoms.people) if mask >> i & 1)
            yield say("some people", words=some)
        if sets.marks | atoms.marks_mask({UNMARKED}) != (1 << len(atoms.marks)) - 1:
            yield say("marked all", words=self._listed("marks", atoms.marks, sets.marks))
        for mask in sets.some_marks:
            yield say("some marks", words=self._listed("marks", atoms.marks, mask))
        yield from self.phrases.classified(Classified(axes.classifications, box.plain[3]))
        for sentence, section, depth, order in (
            ("information", "information", 4, axes.information),
            ("origin", "origins", 5, axes.origins),
        ):
            if box.plain[depth] != frozenset(order):
                yield say(sentence, words=self._book.any_of(self.phrases.words(section, box.plain[depth], order)))
        if sets.needs:
            yield say("only when", words=self._book.all_of(self._grants(sets.needs)))
        for mask in sets.some_grants:
            yield say("some grants", words=self._book.any_of(self._grants(mask)))
        if sets.lacks:
            yield say("without", words=self._book.any_of(self._grants(sets.lacks)))

    def _grants(self, mask: int) -> list[str]:
        return [self._book.term("grants", one) for i, one in enumerate(GRANTS) if mask >> i & 1]

    def _listed(self, section: str, atoms: tuple[str, ...], mask: int) -> str:
        known = self._book.terms[section]
        return self._book.any_of(known.get(one, one) for i, one in enumerate(atoms) if mask >> i & 1)

    def cause(self, one: Cause) -> str:
        """Name a changed line with its file, its words and its law."""
        line = f", {self._book.term('labels', 'line')} {one.place.line}" if one.place.line else ""
        file = f" ({one.place.file}{line})" if one.place.file else ""
        what = one.what if one.line else self._book.term("labels", one.change)
        law = f" [{'; '.join(one.law)}]" if one.law else ""
        return one_line(f"{one.id}{file}: {what}{law}")
