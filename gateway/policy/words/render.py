"""The whole decision set in sentences, numbered as in the file: what a lawyer reads, and what she signs.

Said from the resolved set, never from the text of the file. Guarantees that two sets of which any rule, promise,
partner, group or field means something different never read the same (a property test), and that built-in limits are
said too. Paper, not code: nothing here decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.names import Digest
from gateway.policy.language import (
    GRANTS,
    INFORMATION,
    ORIGINS,
    UNKNOWN,
    UNMARKED,
    USABLE,
    WITHHOLD,
    ConditionRule,
    DecisionSet,
    Field,
    Limit,
    Partner,
    Promise,
    Rule,
    Share,
)
from gateway.policy.load_companions import Companions
from gateway.policy.words.book import WordBook, one_line
from gateway.policy.words.phrases import Phrases

__all__ = ["Chapter", "Rendering", "Statement", "book_of", "plain_rendering", "render", "rendered_lines"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One numbered paragraph. `id` is the rule's, promise's, partner's, group's or class's own."""

    id: str
    title: str
    sentences: tuple[str, ...]
    why: str = ""
    law: tuple[str, ...] = ()
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Chapter:
    """Statements under one heading. `name` is its stable key: `rules`, `built in`, `promises`, ..."""

    name: str
    heading: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A decision set in one language. `book` holds the captions with which it is shown."""

    title: str
    opening: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    digest: Digest
    book: WordBook


def book_of(decisions: DecisionSet, language: str) -> WordBook:
    """Give the words of a language. Raises `DefinitionRefused` (POL-043) if the set has none."""
    book = decisions.words.get(language)
    if book is None:
        there = ", ".join(decisions.words)
        fix = f"there are words in: {there}" if there else "add `words.en.yaml` beside the vocabulary"
        raise DefinitionRefused(Fault("POL-043", "the decision set has no words in this language", fix=fix))
    return book


def render(decisions: DecisionSet, language: str) -> Rendering:
    """Say a decision set. Raises `DefinitionRefused` (POL-043) for a language without words."""
    book = book_of(decisions, language)
    return _Speaker(decisions, book).rendering()


def rendered_lines(rendering: Rendering, chapters: Iterable[str] | None = None) -> Iterator[str]:
    """Give the rendering as lines of plain text; `chapters` names those that are wanted, all if left out."""
    book = rendering.book
    yield from (rendering.title, "", *rendering.opening)
    wanted = None if chapters is None else frozenset(chapters)
    for chapter in rendering.chapters:
        if wanted is not None and chapter.name not in wanted:
            continue
        yield from ("", chapter.heading.upper())
        for statement in chapter.statements:
            yield from ("", f"{statement.id}. {statement.title}".rstrip(". ") + ("" if statement.title else "."))
            yield from (f"   {sentence}" for sentence in statement.sentences)
            if statement.why:
                yield f"   {book.term('labels', 'why')}: {statement.why}"
            law = f" [{'; '.join(statement.law)}]" if statement.law else ""
            line = f"({book.term('labels', 'line')} {statement.place.line})" if statement.place.line else ""
            if law or line:
                yield f"   {f'{line}{law}'.strip()}"


def plain_rendering(rendering: Rendering) -> JsonObject:
    """Give the rendering as plain values: the same content as the text and the page."""
    chapters: list[JsonValue] = [
        {"name": chapter.name, "heading": chapter.heading, "statements": [*map(_plain, chapter.statements)]}
        for chapter in rendering.chapters
    ]
    return {
        "language": rendering.book.language,
        "title": rendering.title,
        "digest": rendering.digest,
        "opening": [*rendering.opening],
        "chapters": chapters,
    }


def _plain(statement: Statement) -> JsonValue:
    plain: JsonObject = {
        "id": statement.id,
        "title": statement.title,
        "sentences": [*statement.sentences],
        "why": statement.why,
        "law": [*statement.law],
        "file": statement.place.file,
        "line": statement.place.line,
    }
    return {name: value for name, value in plain.items() if value}


class _Speaker:
    """Says one decision set in one language."""

    def __init__(self, decisions: DecisionSet, book: WordBook) -> None:
        self._decisions = decisions
        self._book = book
        self._phrases = Phrases(decisions, book)
        self._everybody = decisions.vocabulary.everyone_known | {UNKNOWN}

    def rendering(self) -> Rendering:
        policy = self._decisions.policy
        own = sorted((rule for rule in policy.rules if not rule.built_in), key=_position)
        built_in = (rule for rule in policy.rules if rule.built_in)
        chapters = (
            self._chapter("rules", map(self._rule, own)),
            self._chapter("built in", map(self._rule, built_in)),
            self._chapter("promises", map(self._promise, sorted(policy.promises, key=_position))),
            self._chapter("partners", map(self._partner, self._decisions.partners.values())),
            self._chapter("groups", self._groups()),
            self._chapter("conditions", self._carriage()),
            self._chapter("fields", self._classes()),
            self._chapter("glossary", self._glossary()),
        )
        title = self._book.say("title", name=policy.name, version=str(policy.version))
        return Rendering(title, tuple(self._opening()), chapters, self._decisions.digest, self._book)

    def _chapter(self, name: str, statements: Iterable[Statement]) -> Chapter:
        return Chapter(name, self._book.term("labels", name), tuple(statements))

    def _opening(self) -> Iterator[str]:
        policy, say = self._decisions.policy, self._book.say
        yield say("owner", owner=one_line(policy.owner))
        if policy.replaces:
            yield say("replaces", version=str(policy.replaces))
        yield say("valid", begin=policy.valid_from, end=policy.valid_until)
        yield say(
            "companions",
            exchange=self._decisions.exchange.version,
            register=one_line(self._decisions.register.name),
            vocabulary=one_line(self._decisions.vocabulary.name),
        )
        yield say("gaps", gaps=self._book.term("gaps", policy.gaps))
        marks = [self._book.term("marks", mark) for mark in self._decisions.vocabulary.marks]
        yield say("marks", words=self._book.all_of(marks))
        yield from (say("default"), say("precedence"), say("only"), say("unknown"))

    # ---- rules and promises ------------------------------------------------------------------------------------------

    def _rule(self, rule: Rule) -> Statement:
        sentences = [*self._effect(rule), *self._narrowed(rule)]
        if isinstance(rule, Share) and rule.only_when:
            words = self._phrases.words("grants", rule.only_when, GRANTS)
            sentences.append(self._book.say("only when", words=self._book.all_of(words)))
        if isinstance(rule, Limit | ConditionRule) and rule.unless:
            sentences.append(self._listed("unless", "grants", rule.unless, GRANTS))
        if isinstance(rule, Share | ConditionRule):
            duties = map(self._phrases.condition, rule.attach)
            sentences += [self._book.say("attach", condition=duty) for duty in duties]
        if rule.silent:
            sentences.append(self._book.say("silent"))
        law = tuple(map(one_line, rule.law))
        return Statement(rule.id, one_line(rule.title), tuple(sentences), one_line(rule.why), law, rule.place)

    def _effect(self, rule: Rule) -> Iterator[str]:
        say, box = self._book.say, self._phrases.box(rule, rule.about)
        known = UNKNOWN in rule.about
        if isinstance(rule, Share):
            yield say("share", **box, level=self._book.term("levels", rule.level))
        elif isinstance(rule, Limit):
            if rule.to in ("redact", WITHHOLD):
                yield say("limit redact" if rule.to == "redact" else "limit withhold", **box)
            else:
                yield say("limit level", **box, level=self._book.term("levels", rule.to))
            if not known:
                yield say("limit unknown item" if rule.to == WITHHOLD else "limit unknown")
        else:
            yield say("condition", **box)
            if not known:
                yield say("condition unknown")

    def _narrowed(self, box: Rule | Promise) -> Iterator[str]:
        """The lines that narrow a rule or promise; a line that narrows nothing says nothing."""
        every = frozenset(self._decisions.vocabulary.marks)
        share = isinstance(box, Share) or (isinstance(box, Promise) and box.form == "always")
        if box.marked != (every - {UNMARKED} if share else every):
            marks = self._phrases.words("marks", box.marked, self._decisions.vocabulary.marks)
            yield self._book.say("marked all" if share else "marked any", words=self._book.any_of(marks))
        yield from self._phrases.classified(box.classified)
        if box.information != frozenset(INFORMATION):
            yield self._listed("information", "information", box.information, INFORMATION)
        if box.origins != frozenset(ORIGINS):
            yield self._listed("origin", "origins", box.origins, ORIGINS)
        if box.usable != frozenset(USABLE) and not (isinstance(box, Promise) and box.form == "always"):
            yield self._listed("usable", "usable", box.usable, USABLE)

    def _promise(self, promise: Promise) -> Statement:
        say = self._book.say
        separate = promise.form != "always" and promise.about != self._everybody
        box = self._phrases.box(promise, promise.about - {UNKNOWN} if separate else promise.about)
        if promise.form in ("at most", "always"):
            sentences = [say(promise.form, **box, level=self._book.term("levels", promise.level))]
        else:
            sentences = [say(promise.form, **box)]
        if separate and UNKNOWN in promise.about:
            sentences.append(say("promise unknown"))
        sentences += self._narrowed(promise)
        if promise.without:
            sentences.append(self._listed("without", "grants", promise.without, GRANTS))
        if promise.granted:
            words = self._phrases.words("grants", promise.granted, GRANTS)
            sentences.append(say("granted", words=self._book.all_of(words)))
        return Statement(promise.id, "", tuple(sentences), one_line(promise.because), place=promise.place)

    def _listed(self, sentence: str, section: str, whole: frozenset[str], order: Iterable[str]) -> str:
        return self._book.say(sentence, words=self._book.any_of(self._phrases.words(section, whole, order)))

    # ---- companions --------------------------------------------------------------------------------------------------

    def _partner(self, partner: Partner) -> Statement:
        say, term = self._book.say, self._book.term
        sentences = [
            say("regime", words=term("regimes", partner.regime)),
            say("clearance", word=term("classifications", partner.clearance)),
        ]
        carries = self._phrases.words("channel", partner.carries, ("message", "item"))
        sentences.append(say("carries", words=self._book.all_of(carries)) if carries else say("carries nothing"))
        for sentence, word in (
            ("country", partner.country),
            ("authority", partner.authority),
            ("instrument", partner.under),
            ("instrument until", partner.until),
        ):
            if word:
                sentences.append(say(sentence, word=one_line(word)))
        if partner.takes:
            sentences.append(self._listed("takes", "takes", partner.takes, ("Exercise", "Test")))
        sentences.append(say("partner status", word=term("partner status", partner.status)))
        return Statement(partner.id, one_line(partner.name), tuple(sentences), place=partner.place)

    def _groups(self) -> Iterator[Statement]:
        companions = Companions(self._decisions.vocabulary, self._decisions.register, {})
        for group, words in self._decisions.vocabulary.groups.items():
            named = [self._book.terms["regimes"].get(word, word) for word in words]
            partners = ", ".join(sorted(companions.members(group))) or "-"
            sentence = self._book.say("members", words=f"{', '.join(named)} ({partners})")
            yield Statement(group, self._book.term("groups", group), (sentence,))

    def _carriage(self) -> Iterator[Statement]:
        for kind, place in self._decisions.register.carriage.items():
            words = self._book.term("conditions", kind).replace("{words}", "…")
            sentence = self._book.say("carriage", condition=words, place=self._book.term("channel", place))
            yield Statement(kind, "", (sentence,))

    def _classes(self) -> Iterator[Statement]:
        for data_class in self._decisions.exchange.catalogue.classes:
            fields = (one for one in self._decisions.catalogue.fields.values() if one.data_class == data_class)
            yield Statement(data_class, self._book.term("classes", data_class), tuple(map(self._field, fields)))

    def _field(self, field: Field) -> str:
        say = self._book.say
        levels = [self._book.term("levels", level) for level in field.ladder.levels]
        parts = [say("levels", words=", ".join(levels))]
        if not field.decided:
            parts = [say("never leaves" if field.ladder.top == 0 and "full" not in field.ladder.levels else "kept")]
        if field.special:
            parts.append(say("special"))
        if field.free_text:
            parts.append(self._book.term("lists", "free text"))
        if field.follows:
            parts.append(say("follows", words=", ".join(field.follows)))
        return f"{field.id} ({field.ladder.name}): {'; '.join(parts)}"

    def _glossary(self) -> Iterator[Statement]:
        """Every term beside its words, so that a swapped word is seen."""
        for section, words in self._book.terms.items():
            if section not in ("labels", "groups", "classes"):
                pairs = tuple(f"{term}: {text}" for term, text in words.items())
                yield Statement(section, "", pairs)


def _position(numbered: Rule | Promise) -> tuple[str, int, str]:
    return numbered.place.file, numbered.place.line, numbered.id
