"""What policies need of the exchange format: its leaves as `Field`s, and its closed lists.

The format owns both (`exchange/catalogue.py`, `vocabulary/`); nothing is added here. Rules speak about fields whose
ladder has a choice; `keep` and `never` leave none.
"""

from dataclasses import dataclass

from gateway.exchange.format import ExchangeFormat
from gateway.exchange.ladders import LADDERS, LEVELS
from gateway.policy.language import Catalogue, Field, Ladder

__all__ = ["LEVELS", "ExchangeWords", "exchange_words", "policy_catalogue"]


@dataclass(frozen=True, slots=True)
class ExchangeWords:
    """The closed lists of the format that policies use. `classifications` is ordered, lowest first."""

    roles: tuple[str, ...]
    statuses: tuple[str, ...]
    purposes: tuple[str, ...]
    classifications: tuple[str, ...]
    flags: tuple[str, ...]
    conditions: tuple[str, ...]
    countries: tuple[str, ...]


def exchange_words(fmt: ExchangeFormat) -> ExchangeWords:
    """Give the lists of one version of the format."""
    words = fmt.vocabulary.words
    return ExchangeWords(
        roles=words("role"),
        statuses=words("person-status"),
        purposes=words("purpose"),
        classifications=words("classification"),
        flags=words("flag"),
        conditions=words("condition"),
        countries=words("country"),
    )


def policy_catalogue(fmt: ExchangeFormat) -> Catalogue:
    """Give every leaf of the format with what decisions need to know about it."""
    ladders = {name: Ladder(name, ladder.levels) for name, ladder in LADDERS.items()}
    fields = {
        row.field: Field(
            id=row.field,
            data_class=row.data_class,
            ladder=ladders[row.ladder],
            decided=LADDERS[row.ladder].decided,
            special=row.special,
            free_text=row.free_text,
            follows=row.follows,
        )
        for row in fmt.catalogue.fields.values()
    }
    return Catalogue(fields, fmt.digest)
