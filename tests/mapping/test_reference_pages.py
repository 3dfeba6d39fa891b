"""The reference pages say what the program knows, and every example on them comes out as written, on both engines."""

import re

import pytest

from gateway.mapping.convert.catalogue import CONVERTERS
from gateway.mapping.language.words import PLACES
from tests.mapping.example_files import REPOSITORY
from tests.mapping.reference_pages import Example, examples, result_of
from tests.mapping.test_converters import EXAMPLES

WORDS = (REPOSITORY / "docs/reference/mapping-words.md").read_text("utf-8")
CONVERTER_PAGE = (REPOSITORY / "docs/reference/converters.md").read_text("utf-8")
ALL = [*examples(WORDS), *examples(CONVERTER_PAGE)]

UNSEEN = frozenset({"inverse_of", "profile", "tests"})
"""Words that change nothing in a run, so that an example would show nothing."""


@pytest.mark.parametrize("example", ALL, ids=lambda one: one.heading)
def test_an_example_comes_out_as_it_is_written(example: Example) -> None:
    assert example.mapping, "an example has the lines of a mapping"
    assert result_of(example) == example.result


def test_every_word_has_its_line() -> None:
    for place, words in PLACES.items():
        heading = f"## {place[0].upper()}{place[1:]}\n"
        section = WORDS.partition(heading)[2].partition("\n## ")[0]
        rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (.+) \|$", section, re.MULTILINE)
        expected = [(word, meaning.takes.replace("|", "\\|"), meaning.summary) for word, meaning in words.items()]
        assert rows == expected, place


def test_every_word_stands_in_an_example_or_in_a_shipped_mapping() -> None:
    shown = "\n".join("\n".join((one.mapping, *one.beside.values())) for one in ALL)
    shipped = "\n".join(path.read_text("utf-8") for path in (REPOSITORY / "mappings").rglob("*.map.yaml"))
    for words in PLACES.values():
        for word in set(words) - UNSEEN:
            assert re.search(rf"(^|[\s{{,]){re.escape(word)}:", shown + shipped, re.MULTILINE), word


def test_every_converter_has_its_entry_with_the_rows_of_the_specification() -> None:
    for name, converter in CONVERTERS.items():
        section = CONVERTER_PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert converter.summary.lower() in section.lower()
        rows = re.findall(r"^\| `([^`]+)` \| `([^`]*)` \| (.+) \|$", section, re.MULTILINE)
        assert rows == [row for row in EXAMPLES if re.match(r"\{?(\w+)", row[0]).group(1) == name]  # type: ignore[union-attr]  # it fits
        assert [one for one in ALL if one.heading == name], f"{name} has an executed example"
