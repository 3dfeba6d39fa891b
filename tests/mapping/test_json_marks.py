"""The place of a member is the place of its name, whatever the text looks like."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.run.json_marks import json_marks

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def places(value: object, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """What must stand at each place: the name of a member, the first character of an item."""
    found: dict[tuple[str, ...], str] = {}
    if isinstance(value, dict):
        for name, inner in value.items():
            found[(*path, name)] = json.dumps(name)
            found |= places(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found[(*path, str(index))] = json.dumps(inner)[:1]
            found |= places(inner, (*path, str(index)))
    return found


@given(JSON, st.sampled_from([None, 0, 1, 4]))
def test_every_place_is_where_its_text_stands(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    lines = text.split("\n")
    marks = json_marks(text)
    wanted = places(value)
    assert set(marks) == set(wanted)
    for path, (line, column) in marks.items():
        assert lines[line - 1][column - 1 :].startswith(wanted[path])


def test_characters_outside_the_basic_plane_count_as_one() -> None:
    assert json_marks('{"\U0001f600": 1, "b": 2}')[("b",)] == (1, 10)
