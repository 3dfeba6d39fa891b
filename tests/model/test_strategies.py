"""The strategies themselves: what they draw is valid, varied, and reaches every part of the format."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.layout import BODY_OF
from gateway.exchange.message import leaves
from gateway.exchange.shape import CatalogueField
from gateway.exchange.validate import validate
from tests.exchange.given import exchange_format
from tests.model.strategies import leaf_values, messages, texts

pytestmark = pytest.mark.slow
_FEW = settings(
    max_examples=15,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(messages())
def test_messages_are_valid(message: JsonObject) -> None:
    assert validate(message, exchange_format()) == ()


@given(st.sampled_from(sorted(BODY_OF)).flatmap(lambda kind: st.tuples(st.just(kind), messages([kind]))))
def test_a_kind_that_is_asked_for_is_drawn(drawn: tuple[str, JsonObject]) -> None:
    kind, message = drawn
    header = message["header"]
    assert isinstance(header, dict)
    assert header["kind"] == kind


@pytest.mark.timeout(400)
def test_they_reach_nine_leaves_of_ten() -> None:
    seen: Counter[str] = Counter()
    for kind in BODY_OF:

        @settings(_FEW, max_examples=60)
        @given(messages([kind], most=2))
        def draw(message: JsonObject) -> None:
            seen.update({field for field, _, _ in leaves(message)})

        draw()
    rare = (".raw", ".to", ".scheme")
    fields = [f for f in exchange_format().catalogue.fields if ".statement." not in f and not f.endswith(rare)]
    missed = [field for field in fields if field not in seen]
    # What is drawn moves with the constants that Hypothesis finds in the modules loaded so far: a tenth leaves room.
    assert len(missed) < len(fields) / 10, missed


@given(
    st.sampled_from(list(exchange_format().catalogue.fields.values())).flatmap(
        lambda row: st.tuples(st.just(row), leaf_values(row))
    )
)
def test_values_of_a_leaf_are_texts_or_integers(drawn: tuple[CatalogueField, JsonValue]) -> None:
    """Law 7: decimals, dates, codes and numbers-as-names are strings; JSON numbers are integers only."""
    row, value = drawn
    assert type(value) is (int if row.kind == "integer" else str)


@given(texts())
def test_texts_are_never_blank(text: str) -> None:
    assert text
    assert not text.isspace()
