"""What may be loaded: check and tests are a gate, and both say where."""

import pytest

from gateway.errors import Severity
from gateway.mapping.cases.admit import admit_inbound, admit_outbound
from tests.mapping.example_files import POLICE, edited, example_files, exchange

TESTS = "mappings/xx-police/notice3.tests.yaml"
GOLDEN = "mappings/xx-police/fixtures/wanted.exchange.json"


def errors(files: dict[str, bytes], *, tests: bool = True) -> list[tuple[str, str, int]]:
    admitted = admit_inbound(POLICE, files, exchange(), tests=tests)
    found = [fault for fault in admitted.faults if fault.severity is Severity.ERROR]
    assert (admitted.mapping is None) == bool(found)
    return [(fault.code, fault.place.file, fault.place.line) for fault in found]


def test_a_mapping_whose_check_and_tests_pass_is_let_in() -> None:
    assert errors(example_files()) == []


def test_a_mapping_whose_test_fails_is_not_loaded_and_the_case_is_named() -> None:
    files = edited((GOLDEN, '"place": "Larkhaven"', '"place": "Larkhafen"'))
    (line,) = [n for n, text in enumerate(files[TESTS].decode().split("\n"), 1) if "two names, one passport" in text]
    assert errors(files) == [("R704", TESTS, line)]
    assert errors(files, tests=False) == []


@pytest.mark.parametrize("gone", ["file", "cases"])
def test_a_mapping_without_tests_is_not_loaded(gone: str) -> None:
    files = example_files()
    if gone == "file":
        del files[TESTS]
        assert errors(files) == [("R702", POLICE, 1)]
    else:
        files[TESTS] = b"mapping: notice3.map.yaml\ncases: []\n"
        assert [code for code, _, _ in errors(files)] == ["R702"]


def test_a_threshold_that_is_missed_is_not_loaded() -> None:
    files = example_files()
    files[TESTS] = files[TESTS].split(b"cases:")[0] + b"cases:\n" + (
        b"  - {name: one, input: fixtures/wanted.xml, output: fixtures/wanted.exchange.json}\n"
        b"require: {table_rows: 100%, mutants_killed: 100%}\n"
    )  # fmt: skip
    assert [code for code, _, _ in errors(files)] == ["R703"]


def test_an_error_of_the_check_is_told_alone() -> None:
    files = edited((POLICE, "header.reference: Header/MsgRef", "header.reference: Header/MsgReff"))
    assert "P101" in {code for code, _, _ in errors(files)}
    assert all(code[0] != "R" and file == POLICE for code, file, _ in errors(files))


def test_an_inbound_mapping_is_no_partner_s_format() -> None:
    admitted = admit_outbound(POLICE, example_files(), exchange())
    assert admitted.mapping is None
    assert "W006" in {fault.code for fault in admitted.faults}
