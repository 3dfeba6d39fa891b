"""JSONTestSuite (Nicolas Seriot, MIT): 318 texts to parse and 22 to be consistent about.

95 must be accepted, 188 must be refused, 35 are left to the reader. Four of the 95 are refused on purpose: security.md
refuses doubled member names and U+0000 everywhere. They are listed here, so that the exception stays as small as it is.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.document.json_codec import read_json
from gateway.errors import DocumentRefused
from tests.shared import shared_data, shared_files

PARSING = "suites/json-test-suite/test_parsing"
TRANSFORM = "suites/json-test-suite/test_transform"

REFUSED_ON_PURPOSE = {
    "y_object_duplicated_key.json": "DOC-021",
    "y_object_duplicated_key_and_value.json": "DOC-021",
    "y_object_escaped_null_in_key.json": "DOC-005",
    "y_string_null_escape.json": "DOC-005",
}

OUR_ANSWER = {
    "i_number_double_huge_neg_exp.json": "DOC-011",
    "i_number_huge_exp.json": "DOC-011",
    "i_number_neg_int_huge_exp.json": "DOC-011",
    "i_number_pos_double_huge_exp.json": "DOC-011",
    "i_number_real_neg_overflow.json": "DOC-011",
    "i_number_real_pos_overflow.json": "DOC-011",
    "i_number_real_underflow.json": "DOC-011",
    "i_number_too_big_neg_int.json": "accepted",
    "i_number_too_big_pos_int.json": "accepted",
    "i_number_very_big_negative_int.json": "accepted",
    "i_object_key_lone_2nd_surrogate.json": "DOC-006",
    "i_string_1st_surrogate_but_2nd_missing.json": "DOC-006",
    "i_string_1st_valid_surrogate_2nd_invalid.json": "DOC-006",
    "i_string_UTF-16LE_with_BOM.json": "DOC-003",
    "i_string_UTF-8_invalid_sequence.json": "DOC-002",
    "i_string_UTF8_surrogate_U+D800.json": "DOC-002",
    "i_string_incomplete_surrogate_and_escape_valid.json": "DOC-006",
    "i_string_incomplete_surrogate_pair.json": "DOC-006",
    "i_string_incomplete_surrogates_escape_valid.json": "DOC-006",
    "i_string_invalid_lonely_surrogate.json": "DOC-006",
    "i_string_invalid_surrogate.json": "DOC-006",
    "i_string_invalid_utf-8.json": "DOC-002",
    "i_string_inverted_surrogates_U+1D11E.json": "DOC-006",
    "i_string_iso_latin_1.json": "DOC-002",
    "i_string_lone_second_surrogate.json": "DOC-006",
    "i_string_lone_utf8_continuation_byte.json": "DOC-002",
    "i_string_not_in_unicode_range.json": "DOC-002",
    "i_string_overlong_sequence_2_bytes.json": "DOC-002",
    "i_string_overlong_sequence_6_bytes.json": "DOC-002",
    "i_string_overlong_sequence_6_bytes_null.json": "DOC-002",
    "i_string_truncated-utf-8.json": "DOC-002",
    "i_string_utf16BE_no_BOM.json": "DOC-002",
    "i_string_utf16LE_no_BOM.json": "DOC-002",
    "i_structure_500_nested_arrays.json": "DOC-007",
    "i_structure_UTF-8_BOM_empty_object.json": "DOC-003",
}

# What a reader makes of texts that readers are known to disagree about.
TRANSFORMED: dict[str, object] = {
    "number_-9223372036854775808.json": [-9223372036854775808],
    "number_-9223372036854775809.json": [-9223372036854775809],
    "number_1.0.json": [Decimal("1.0")],
    "number_1.000000000000000005.json": [Decimal("1.000000000000000005")],
    "number_1000000000000000.json": [1000000000000000],
    "number_10000000000000000999.json": [10000000000000000999],
    "number_1e-999.json": "DOC-011",
    "number_1e6.json": [Decimal("1E+6")],
    "number_9223372036854775807.json": [9223372036854775807],
    "number_9223372036854775808.json": [9223372036854775808],
    "object_key_nfc_nfd.json": {"\u00e9": "NFC", "e\u0301": "NFD"},
    "object_key_nfd_nfc.json": {"e\u0301": "NFD", "\u00e9": "NFC"},
    "object_same_key_different_values.json": "DOC-021",
    "object_same_key_same_value.json": "DOC-021",
    "object_same_key_unclear_values.json": "DOC-021",
    "string_1_escaped_invalid_codepoint.json": "DOC-006",
    "string_1_invalid_codepoint.json": "DOC-002",
    "string_2_escaped_invalid_codepoints.json": "DOC-006",
    "string_2_invalid_codepoints.json": "DOC-002",
    "string_3_escaped_invalid_codepoints.json": "DOC-006",
    "string_3_invalid_codepoints.json": "DOC-002",
    "string_with_escaped_NULL.json": "DOC-005",
}


def verdict(path: Path) -> str:
    try:
        read_json(path.read_bytes())
    except DocumentRefused as refusal:
        return refusal.code
    return "accepted"


@pytest.mark.parametrize("path", shared_files(PARSING, "y_*.json"))
def test_must_be_accepted(path: Path) -> None:
    assert verdict(path) == REFUSED_ON_PURPOSE.get(path.name, "accepted")


@pytest.mark.parametrize("path", shared_files(PARSING, "n_*.json"))
def test_must_be_refused(path: Path) -> None:
    assert verdict(path) != "accepted"


@pytest.mark.parametrize("path", shared_files(PARSING, "i_*.json"))
def test_our_answer_where_the_choice_is_ours(path: Path) -> None:
    assert verdict(path) == OUR_ANSWER[path.name]


@pytest.mark.parametrize("path", shared_files(TRANSFORM, "*.json"))
def test_texts_that_readers_disagree_about(path: Path) -> None:
    expected = TRANSFORMED[path.name]
    if isinstance(expected, str):
        assert verdict(path) == expected
    else:
        assert repr(read_json(path.read_bytes())) == repr(expected)


def test_91_of_95_accepted_4_refused_on_purpose_188_of_188_refused_35_answered_22_consistent() -> None:
    folder = shared_data(PARSING)
    must_accept = [verdict(path) for path in folder.glob("y_*.json")]
    must_refuse = [verdict(path) for path in folder.glob("n_*.json")]
    ours = {path.name: verdict(path) for path in folder.glob("i_*.json")}
    assert (len(must_accept), must_accept.count("accepted")) == (95, 91)
    assert (len(must_refuse), must_refuse.count("accepted")) == (188, 0)
    assert ours == OUR_ANSWER
    assert len(ours) == 35
    assert {path.name for path in shared_data(TRANSFORM).glob("*.json")} == set(TRANSFORMED)
    assert len(TRANSFORMED) == 22
