"""`words.LANG.yaml` -> the words of each language, or every fault with its place.

Guarantees that a language has words for every term and every sentence and no others, that a sentence has exactly its
gaps, and that no two terms which may stand in one place have the same words: a signer must be able to tell them apart.
Groups and markings of a deployment get their words in its vocabulary, under `words:`, beside what they name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.document.yaml_nodes import Entry, MapNode
from gateway.errors import Place
from gateway.exchange.format import ExchangeFormat
from gateway.policy.language import Register, Vocabulary
from gateway.policy.load_rules import WITH_WORDS
from gateway.policy.load_words import Reader
from gateway.policy.words.book import GAP, WordBook, one_line
from gateway.policy.words.needed import SENTENCES, needed_terms

__all__ = ["is_words_file", "read_books"]

_PLACES = (("classes", "lists"), ("persons", "lists"), ("purposes", "lists"), ("regimes", "groups", "lists"))
"""Sections whose terms stand in one place of a sentence; every other section has its own."""
_FREE = frozenset({"labels", "conditions", "gaps", "subjects"})
"""Sections whose words are never joined into a list."""


def is_words_file(name: str, folder: str) -> bool:
    """Say whether a file of a set holds words: `words.LANG.yaml` in this folder."""
    base = name.rpartition("/")[2]
    return name == f"{folder}/{base}".lstrip("/") and base.startswith("words.") and base.endswith(".yaml")


def read_books(
    reader: Reader,
    nodes: Mapping[str, MapNode],
    vocabulary_node: MapNode,
    vocabulary: Vocabulary,
    register: Register,
    fmt: ExchangeFormat,
) -> dict[str, WordBook]:
    """Read the files of words (`nodes` by file name), with the deployment's own words; faults go to the reader."""
    needed = needed_terms(fmt)
    known = {word for words in needed.values() for word in words}
    own = (*vocabulary.groups, *(mark for mark in vocabulary.marks if mark not in known))
    languages = {name.removesuffix(".yaml").rpartition("words.")[2]: node for name, node in nodes.items()}
    _own_words(reader, vocabulary_node, own, languages)
    fixed = frozenset({*register.partners, *fmt.catalogue.fields})
    return {
        language: _Language(reader, language, needed, fixed).read(node, vocabulary)
        for language, node in sorted(languages.items())
    }


def _own_words(reader: Reader, node: MapNode, own: tuple[str, ...], languages: Mapping[str, MapNode]) -> None:
    """Every group and marking of the deployment has words in every language for which there is a file."""
    shown = reader.map(node.get("words"), "`words`") or MapNode((), node.place)
    if languages:
        reader.keys(shown, tuple(languages), tuple(languages) if own else (), "`words` of the vocabulary")
    for entry in shown:
        lines = reader.map(entry.value, f"the words in `{entry.key.text}`")
        if lines is not None:
            reader.keys(lines, own, own, f"the words in `{entry.key.text}`")


@dataclass(slots=True)
class _Language:
    """Reads one file of words."""

    reader: Reader
    language: str
    needed: Mapping[str, tuple[str, ...]]
    fixed: frozenset[str]

    def read(self, node: MapNode, vocabulary: Vocabulary) -> WordBook:
        sections = ("words", "name", *self.needed, "sentences")
        self.reader.keys(node, sections, sections, "a file of words")
        stated = node.get("words")
        if self.reader.text(stated, "`words`") != self.language and stated is not None:
            fix = f"write `words: {self.language}`, or rename the file"
            self.reader.fault("POL-042", "the file is named for another language", stated.place, fix)
        places: dict[str, Place] = {}
        terms: dict[str, dict[str, str]] = {}
        for section, known in self.needed.items():
            entries = self.reader.entries(node.get(section), f"`{section}`")
            terms[section] = dict(self._section(section, entries, known, places))
            found = self.reader.map(node.get(section), f"`{section}`")
            if found is not None:
                self.reader.keys(found, known, known, f"`{section}`")
        own = vocabulary.words.get(self.language, {})
        terms["groups"] = {group: own.get(group, "") for group in vocabulary.groups}
        terms["marks"] |= {mark: own[mark] for mark in vocabulary.marks if mark in own}
        sentences = self._sentences(node)
        self._told_apart(terms, sentences, places, node.place)
        return WordBook(self.language, self.reader.text(node.get("name"), "`name`"), terms, sentences)

    def _section(
        self, section: str, entries: Iterable[Entry], known: tuple[str, ...], places: dict[str, Place]
    ) -> Iterator[tuple[str, str]]:
        for entry in entries:
            term = entry.key.text
            text = self.reader.text(entry.value, f"the words for `{term}`")
            places[f"{section} {term}"] = entry.value.place
            gaps = {"words"} if section == "conditions" and term in WITH_WORDS else set()
            if term in known:
                self._gaps(text, gaps, entry, f"the words for `{term}`")
            yield term, text

    def _sentences(self, node: MapNode) -> dict[str, str]:
        found = self.reader.map(node.get("sentences"), "`sentences`")
        if found is None:
            return {}
        self.reader.keys(found, tuple(SENTENCES), tuple(SENTENCES), "`sentences`")
        sentences = {}
        for entry in found:
            name = entry.key.text
            sentences[name] = self.reader.text(entry.value, f"the sentence `{name}`")
            if name in SENTENCES:
                self._gaps(sentences[name], SENTENCES[name], entry, f"the sentence `{name}`")
        return sentences

    def _gaps(self, text: str, wanted: Iterable[str], entry: Entry, what: str) -> None:
        """Every gap once: one that is missing hides something, one too many cannot be filled."""
        if one_line(text) != text:
            fix = "write it on one line, with plain blanks"
            self.reader.fault("POL-041", f"{what} would look like two sentences", entry.value.place, fix)
        found, expected = sorted(GAP.findall(text)), sorted(wanted)
        if found != expected or GAP.sub("", text).strip("{}") != GAP.sub("", text):
            shown = " ".join(f"{{{gap}}}" for gap in expected)
            fix = f"write each of {shown} once" if shown else "write it without gaps"
            self.reader.fault("POL-040", f"{what} must have exactly its gaps", entry.value.place, fix)

    def _told_apart(
        self,
        terms: Mapping[str, Mapping[str, str]],
        sentences: Mapping[str, str],
        places: Mapping[str, Place],
        place: Place,
    ) -> None:
        """No two terms of one place have the same words, and none reads like two terms."""
        joined = {section for sections in _PLACES for section in sections}
        alone = [(section,) for section in terms if section not in joined and section != "labels"]
        for sections in (*_PLACES, *alone):
            seen = {word: word for word in self.fixed}
            for section in sections:
                for term, text in terms[section].items():
                    other = seen.setdefault(text.casefold(), term)
                    at = places.get(f"{section} {term}", place)
                    if text and other != term:
                        message = f"the words for `{term}` are those for `{other}`"
                        self.reader.fault("POL-041", message, at, "choose words that differ")
        between = [",", *(f" {sentences[word]} " for word in ("or", "and") if sentences.get(word))]
        for section, words in terms.items():
            for term, text in words.items():
                if section not in _FREE and any(mark in text for mark in between):
                    message = f"the words for `{term}` read like two terms"
                    at = places.get(f"{section} {term}", place)
                    self.reader.fault("POL-041", message, at, "write them without a comma, without and, or")
