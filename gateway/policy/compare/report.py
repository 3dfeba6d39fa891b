"""A difference in words, and as plain values with the same content: newly disclosed first, causes last."""

from collections.abc import Iterator

from gateway.document.tree import JsonObject, JsonValue
from gateway.policy.compare.beside import Beside
from gateway.policy.compare.boxes import Box
from gateway.policy.compare.diff import ConditionChange, Difference, Sentence
from gateway.policy.compare.lines import Cause
from gateway.policy.compare.speak import Speaker
from gateway.policy.compare.verdict import Verdict
from gateway.policy.language import DecisionSet
from gateway.policy.prove.axes import PLAIN, Axes
from gateway.policy.words.book import WordBook, one_line
from gateway.policy.words.page import page, tag

__all__ = ["Paragraph", "difference_page", "difference_paragraphs", "plain_difference", "plain_sentence"]

Paragraph = tuple[str, tuple[str, ...]]
"""A heading (by its label) and the sentences under it."""


def difference_paragraphs(found: Difference, verdict: Verdict, book: WordBook) -> list[Paragraph]:
    """Say a difference in the words of one language."""
    return [*_Speaker(found, book).paragraphs(verdict)]


def difference_page(found: Difference, verdict: Verdict, book: WordBook) -> str:
    """Give the difference as one printable page with the digests of both versions."""
    title = _title(found, book)
    label = book.term("labels", "digest")
    digests = [
        tag("p", f"{label}: {one.policy.version}: {one.digest}", class_="digest") for one in (found.old, found.new)
    ]
    parts = []
    for heading, sentences in difference_paragraphs(found, verdict, book):
        parts += [tag("h2", book.term("labels", heading))] if heading else []
        # The title is the first sentence of all.
        parts += [tag("p", sentence) for sentence in (sentences if heading else sentences[1:])]
    return page(book.language, title, tag("h1", title), *parts, tag("footer", digests))


def plain_difference(found: Difference, verdict: Verdict) -> JsonObject:
    """Give everything as plain values; boxes with all their words. Digests are those of the whole decision sets."""
    return {
        "verdict": {"direction": verdict.direction.value, "reasons": [*verdict.reasons]},
        "old": _version(found.old),
        "new": _version(found.new),
        "disclosed": {
            "combinations": found.disclosed_cases,
            "sentences": [plain_sentence(one, found.axes) for one in found.disclosed],
        },
        "withdrawn": {
            "combinations": found.withdrawn_cases,
            "sentences": [plain_sentence(one, found.axes) for one in found.withdrawn],
        },
        "released": [_box(box, found.axes) for box in found.released],
        "held": [_box(box, found.axes) for box in found.held],
        "conditions_dropped": [_condition(one, found.axes) for one in found.dropped],
        "conditions_added": [_condition(one, found.axes) for one in found.added],
        "beside": [*map(_beside, found.beside)],
        "causes": [*map(_cause, found.causes)],
        "endings": [
            {"partner": e.partner, "instrument": e.instrument, "day": e.day, "within": e.within} for e in found.endings
        ],
    }


def _version(decisions: DecisionSet) -> JsonObject:
    policy = decisions.policy
    return {"policy": policy.name, "version": policy.version, "digest": decisions.digest}


def plain_sentence(one: Sentence, axes: Axes) -> JsonObject:
    """Give a sentence as plain values: rule, causes, count, and its cases with all their words."""
    causes: list[JsonValue] = [*map(_cause, one.causes)]
    stopped: list[JsonValue] = [*one.stopped_by]
    told: JsonObject = {"rule": one.rule, "combinations": one.cases, "causes": causes, "stopped_by": stopped}
    return told | {"cases": _box(one.box, axes)}


def _condition(one: ConditionChange, axes: Axes) -> JsonValue:
    boxes: list[JsonValue] = [_box(box, axes) for box in one.boxes]
    return {"condition": str(one.condition), "combinations": one.cases, "cases": boxes}


def _beside(one: Beside) -> JsonValue:
    return {
        "subject": one.subject,
        "id": one.id,
        "before": one.before,
        "after": one.after,
        "wider": one.wider,
        "file": one.place.file,
        "line": one.place.line,
    }


def _cause(one: Cause) -> JsonValue:
    return {
        "kind": one.kind,
        "id": one.id,
        "change": one.change,
        "line": one.line,
        "plus": [*one.plus],
        "minus": [*one.minus],
        "law": [*one.law],
        "file": one.place.file,
        "at": one.place.line,
    }


def _box(box: Box, axes: Axes) -> JsonObject:
    plain: JsonObject = {name: [*sorted(values)] for name, values in zip(PLAIN, box.plain, strict=True)}
    sets, atoms = box.sets, axes.atoms
    people: JsonObject = {"only": _words(atoms.people, sets.people)}
    marks: JsonObject = {"only": _words(atoms.marks, sets.marks)}
    grants: JsonObject = {"all_of": _words(atoms.grants, sets.needs), "none_of": _words(atoms.grants, sets.lacks)}
    people["some_of"] = [_words(atoms.people, mask) for mask in sets.some_people]
    marks["some_of"] = [_words(atoms.marks, mask) for mask in sets.some_marks]
    grants["some_of"] = [_words(atoms.grants, mask) for mask in sets.some_grants]
    return plain | {"people": people, "marks": marks, "grants": grants, "level": box.level}


def _words(atoms: tuple[str, ...], mask: int) -> list[JsonValue]:
    return [word for i, word in enumerate(atoms) if mask >> i & 1]


def _title(found: Difference, book: WordBook) -> str:
    names = [book.say("title", name=one.policy.name, version=str(one.policy.version)) for one in (found.old, found.new)]
    return book.say("compared", old=names[0], new=names[1])


class _Speaker:
    """Says a difference in one language."""

    def __init__(self, found: Difference, book: WordBook) -> None:
        self._found = found
        self._book = book
        self._speaker = Speaker(found.new, found.axes, book)
        self._phrases = self._speaker.phrases

    def paragraphs(self, verdict: Verdict) -> Iterator[Paragraph]:
        found, say = self._found, self._book.say
        yield "", (_title(found, self._book), say(f"verdict {verdict.direction.value}"))
        released = (say("released", **self._speaker.gaps(box)) for box in found.released)
        disclosed = (self._speaker.sentence("newly", one) for one in found.disclosed)
        lines = (*disclosed, *released) or (say("nothing disclosed"),)
        yield "disclosed", self._counted(found.disclosed_cases, lines)
        held = (say("held", **self._speaker.gaps(box)) for box in found.held)
        withdrawn = (self._speaker.sentence("no longer", one) for one in found.withdrawn)
        lines = (*withdrawn, *held) or (say("nothing withdrawn"),)
        yield "withdrawn", self._counted(found.withdrawn_cases, lines)
        conditions = [self._condition("condition dropped", one) for one in found.dropped]
        conditions += [self._condition("condition added", one) for one in found.added]
        if conditions:
            yield "conditions changed", tuple(conditions)
        if found.beside:
            yield "beside", tuple(map(self._beside, found.beside))
        if found.causes:
            yield "causes", tuple(map(self._speaker.cause, found.causes))
        if found.endings:
            endings = (
                say("ending", partner=e.partner, instrument=one_line(e.instrument), day=e.day) for e in found.endings
            )
            yield "endings", tuple(endings)

    def _counted(self, cases: int, lines: tuple[str, ...]) -> tuple[str, ...]:
        return (self._book.say("cases", word=f"{cases:,}"), *lines) if cases else lines

    def _condition(self, sentence: str, one: ConditionChange) -> str:
        """The words say where it occurs; the boxes themselves stand in the plain values."""
        span = [frozenset[str]().union(*(box.plain[depth] for box in one.boxes)) for depth in range(3)]
        said = self._book.say(
            sentence,
            condition=self._phrases.condition(one.condition),
            fields=self._phrases.fields(span[0]),
            **{"with": self._phrases.partners(span[1]), "for": self._phrases.purposes(span[2])},
        )
        return f"{said} {self._book.say('cases', word=f'{one.cases:,}')}"

    def _beside(self, one: Beside) -> str:
        what = f"{self._book.term('subjects', one.subject)} {one.id}".rstrip()
        known, nothing = self._book.terms["labels"], self._book.term("labels", "nothing")
        before, after = (known.get(word, word) or nothing for word in (one.before, one.after))
        return self._book.say("beside", what=what, before=before, after=after)
