"""All words of tests files, as `words` has those of mappings."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.mapping.language.words import Meaning, PlaceWords

__all__ = ["TEST_PLACES"]


def _words(**meanings: tuple[str, str]) -> PlaceWords:
    return MappingProxyType({name: Meaning(*pair) for name, pair in meanings.items()})


_EXPECTED = {
    "output": ("text", "The golden file."),
    "outcome": ("accepted|quarantined|refused", "What becomes of the message; accepted if left out."),
    "diagnostics": ("[{a diagnostic}]", "Faults and warnings that must occur."),
    "absent": ("[text]", "Fields that must not be written."),
}
_PERCENT = ("text", "At least so many of a hundred.")

TEST_PLACES: Mapping[str, PlaceWords] = MappingProxyType(
    {
        "a tests file": _words(
            mapping=("text", "The mapping that is tested."),
            envelope=("{envelope}", "The envelope of all cases."),
            cases=("[{a case}]", "The cases."),
            require=("{require}", "How much of the mapping the cases must use."),
            note=("text", "A remark for people."),
        ),
        "envelope": _words(
            agency=("text", "The agency."),
            taken=("text", "When the delivery was taken."),
            country=("text", "The country of the agency."),
            status=("text", "The status that the channel gives."),
            key=("text", "The key of the delivery."),
        ),
        "a case": _words(
            name=("text", "What the case shows."),
            input=("text/[text]", "A file, a list of files, or a folder."),
            change=("*text", "Values of the input that are replaced, by path."),
            messages=("[{a message}]", "What is expected of each message."),
            round_trip=("any", "Reserved for the way back."),
            note=("text", "A remark for people."),
            **_EXPECTED,
        ),
        "a message": _words(**_EXPECTED),
        "a diagnostic": _words(
            code=("text", "The code."),
            field=("text", "The field of the target."),
            at=("text", "The place in the input."),
        ),
        "require": _words(rules=_PERCENT, branches=_PERCENT, table_rows=_PERCENT, mutants_killed=_PERCENT),
    }
)
"""Every place of a tests file with its words."""
