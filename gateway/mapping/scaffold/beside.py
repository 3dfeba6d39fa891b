"""What stands beside a drafted mapping: stubs of its code tables, a tests file, the samples as fixtures.

A row that nobody has decided is marked as open, which the checker refuses (V306). The codes of a table are those of a
schema; samples are never turned into codes.
"""

import posixpath
import re
from collections.abc import Collection, Sequence

from gateway.mapping.check.tables import UNDECIDED
from gateway.mapping.scaffold.likeness import joined
from gateway.mapping.scaffold.nodes import quoted
from gateway.mapping.scaffold.sources import Sample

__all__ = ["fixture_names", "table_file", "tests_file"]

_HEAD = "source,target,match,note"
_NUMBERED = re.compile(r"fixtures/sample-([0-9]{1,6})\.")


def table_file(source: Sequence[str], target: Sequence[str]) -> bytes:
    """Give the stub of a table: a row for each code of the source; the same code of the target where there is one."""
    by_name = {joined(code): code for code in target}
    lines = [_HEAD]
    for code in source or (UNDECIDED,):
        same = code if code in target else by_name.get(joined(code), "")
        lines.append(f"{_cell(code)},{_cell(same) if same else UNDECIDED},exact,")
    return ("\n".join(lines) + "\n").encode()


def _cell(text: str) -> str:
    quote = any(mark in text for mark in ',"\n\r') or text != text.strip()
    return '"' + text.replace('"', '""') + '"' if quote else text


def fixture_names(samples: Sequence[Sample], taken: Collection[str] = ()) -> list[str]:
    """Give a plain file name for each sample; names are numbered, because a name can hold personal data.

    Numbers go on behind those of other mappings in the same folder, whose fixtures are `taken`.
    """
    used = [_NUMBERED.match(name) for name in taken]
    first = max((int(found[1]) for found in used if found), default=0) + 1
    return [
        f"fixtures/sample-{number}{posixpath.splitext(sample.name)[1].lower()[:6]}"
        for number, sample in enumerate(samples, first)
    ]


def tests_file(mapping: str, fixtures: Sequence[str], *, several: bool, suffix: str) -> bytes:
    """Give the tests file: a case for each sample, with a golden file that `mapping test --update` writes.

    `several` says that a sample may give several messages, so that their golden files are named by the author.
    """
    lines = [
        f"mapping: {quoted(posixpath.basename(mapping))}",
        "envelope: {agency: agency, taken: 2026-01-01T00:00:00Z}     # whose messages these are, and when they came",
    ]
    if not fixtures:
        lines.append("cases: []                                                  # add a sample under fixtures/")
    else:
        lines.append("cases:")
    for number, fixture in enumerate(fixtures, 1):
        golden = f"{posixpath.splitext(fixture)[0]}.{suffix}"
        lines += [f"  - name: sample {number} is mapped", f"    input: {quoted(fixture)}"]
        if several:
            lines += [
                "    messages:",
                f"      - {{output: {quoted(golden)}}}     # one entry for each message of the file",
            ]
        else:
            lines.append(f"    output: {quoted(golden)}                  # gateway mapping test --update writes it")
    return ("\n".join(lines) + "\n").encode()
