"""One language: the words for every term, and the sentences with gaps for them.

Guarantees that filling a sentence never fills what was filled in, and that a term without words is an error and never
its code in disguise. Knows nothing about policies.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.document.tree import JsonObject

__all__ = ["GAP", "WordBook", "one_line"]

GAP = re.compile(r"\{([a-z]+)\}")
"""A gap of a sentence: `{fields}`."""


_BREAKS = re.compile(r"\s*[^\S ]\s*")


def one_line(text: str) -> str:
    """Give an officer's text on one line, each line break shown as a sign: no text may look like a sentence of ours."""
    return _BREAKS.sub(" ¶ ", text)


@dataclass(frozen=True, slots=True)
class WordBook:
    """The words of one language. `language` is a tag of BCP 47, as HTML wants it; `terms` are by section and term."""

    language: str
    name: str
    terms: Mapping[str, Mapping[str, str]] = field(repr=False)
    sentences: Mapping[str, str] = field(repr=False)

    def term(self, section: str, term: str) -> str:
        """Give the words for a term. `KeyError` if there are none: a page with a hole must not be shown."""
        return self.terms[section][term]

    def say(self, sentence: str, /, **parts: str) -> str:
        """Give a sentence with its gaps filled. `KeyError` for a sentence or a gap that does not exist."""
        return GAP.sub(lambda gap: parts[gap[1]], self.sentences[sentence])

    def any_of(self, words: Iterable[str]) -> str:
        """Give a list of words joined by commas and the language's "or"."""
        return self._joined([*words], self.sentences["or"])

    def all_of(self, words: Iterable[str]) -> str:
        """Give a list of words joined by commas and the language's "and"."""
        return self._joined([*words], self.sentences["and"])

    def plain(self) -> JsonObject:
        """Give the whole language as one JSON value, for the digest of the decision set."""
        terms: JsonObject = {section: dict(words) for section, words in self.terms.items()}
        return {"name": self.name, "terms": terms, "sentences": dict(self.sentences)}

    @staticmethod
    def _joined(words: list[str], last: str) -> str:
        return ", ".join(words[:-1]) + f" {last} {words[-1]}" if len(words) > 1 else "".join(words)
